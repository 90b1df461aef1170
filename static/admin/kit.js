/* kit.js -- what the console's pages share in the browser. Every page works without it; it makes them faster and live.
 *
 *	<button data-pref="theme" data-value="dark">     a preference: kept in a cookie, then the page is read again
 *	<form method="post">                             is sent once, however often it is clicked
 *	<form data-guard>                                asks before changes are lost
 *	<form data-apply>                                a change of a <select> applies the filter
 *	<div class="error-summary" tabindex="-1">        gets the focus
 *	<input data-key="/">, <a data-key="n">           focused or followed by that key
 *	<k-live src="…" types="queue.state">             the one stream of the page (see there)
 */
import './live.js';

const YEAR = 365 * 24 * 3600;
const SEND_AGAIN_MS = 15000;

export const cookie = (name) =>
	document.cookie.split('; ').find((c) => c.startsWith(name + '='))?.slice(name.length + 1) ?? '';

export function setPreference(name, value) {
	const secure = location.protocol === 'https:' ? '; secure' : '';

	document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
}

/* Whether the key pressed is this letter or sign, with the Hangul keyboard on as well: then `key` is ㅔ, or "Process",
 * and only `code` names the place. Never while a syllable is being composed. */
export function isKey(event, letter) {
	if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey)
		return false;
	if (/^[ -~]$/.test(event.key))
		return event.key.toLowerCase() === letter;
	if (letter === '/')
		return event.code === 'Slash' && !event.shiftKey;
	return event.code === 'Key' + letter.toUpperCase();
}

const TYPED_INTO = 'input:not([type="checkbox"], [type="radio"], [type="submit"], [type="button"]), select, textarea, [contenteditable]';

export const keysAreFree = (event) =>
	!event.defaultPrevented && cookie('keys') !== 'off' && !event.target.closest?.(TYPED_INTO) && !document.querySelector('dialog[open]');

function onKey(event) {
	if (!keysAreFree(event))
		return;
	for (const target of document.querySelectorAll('[data-key]')) {
		if (!isKey(event, target.dataset.key) || target.hidden || target.disabled)
			continue;
		event.preventDefault();
		if (target.matches('input, select, textarea'))
			target.focus();
		else
			target.click();
		return;
	}
}

function onClick(event) {
	const button = event.target.closest?.('[data-pref]');

	if (!button)
		return;
	event.preventDefault();
	setPreference(button.dataset.pref, button.dataset.value);
	location.reload();
}

const sentAt = new WeakMap();
const changed = new WeakSet();

function onSubmit(event) {
	const form = event.target;

	if (event.defaultPrevented)
		return;
	changed.delete(form);
	if (form.method !== 'post')
		return;
	/* Not for ever: a request that got lost must be repeatable without a reload. */
	if (performance.now() - (sentAt.get(form) ?? -SEND_AGAIN_MS) < SEND_AGAIN_MS) {
		event.preventDefault();
		return;
	}
	sentAt.set(form, performance.now());
	event.submitter?.setAttribute('aria-busy', 'true');
}

/* The page is shown again, perhaps from the browser's memory: what was sent then is over. */
function onShow() {
	for (const form of document.forms) {
		sentAt.delete(form);
		for (const busy of form.querySelectorAll('[aria-busy]'))
			busy.removeAttribute('aria-busy');
	}
}

function onLeave(event) {
	for (const form of document.querySelectorAll('form[data-guard]'))
		if (changed.has(form)) {
			event.preventDefault();
			return;
		}
}

document.addEventListener('keydown', onKey);
document.addEventListener('click', onClick);
document.addEventListener('submit', onSubmit);
document.addEventListener('input', (event) => {
	if (event.target.form?.matches('[data-guard]'))
		changed.add(event.target.form);
});
document.addEventListener('change', (event) => {
	if (event.target.matches('form[data-apply] select'))
		event.target.form.requestSubmit();
});
addEventListener('pageshow', onShow);
addEventListener('beforeunload', onLeave);
document.querySelector('.error-summary')?.focus();
