/* keys.js -- shortcuts, and the help that lists them. See kit.js.
 *
 * With the Hangul keyboard on, `key` is ㅔ or "Process" and only `code` names the place; while a syllable is being composed a
 * key belongs to it. Letters alone can be switched off (WCAG 2.1.4): the cookie keys=off, a switch in the help. What opens the
 * help itself, and keys that are no letters (arrows, Enter, Esc, Ctrl+a), are not letters.
 *
 * Whoever writes a reason must never decide with it: no key acts while the focus is in a field, nor on a radio, a box or a
 * button of a form that has a field to write in.
 */
import { cookie, setPreference } from './form.js';
import { announce, make, t } from './words.js';

const SECOND_MS = 1500;
const CODES = { '/': 'Slash', '?': 'Slash', '[': 'BracketLeft', ']': 'BracketRight' };

/* Whether the key pressed is this letter or sign. */
export function isKey(event, letter) {
	if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey)
		return false;
	if (/^[ -~]$/.test(event.key))
		return event.key.toLowerCase() === letter;
	if (CODES[letter])
		return event.code === CODES[letter] && event.shiftKey === (letter === '?');
	return event.code === 'Key' + letter.toUpperCase();
}

const WRITTEN_IN = 'input:not([type="checkbox"], [type="radio"], [type="submit"], [type="button"], [type="hidden"]), textarea';
const TYPED_INTO = WRITTEN_IN + ', select, [contenteditable]';

const canUse = (target) => !target.disabled && target.checkVisibility?.() !== false;
/* A field that is not to be seen (of a dialog that just closed: the focus leaves it only when the page is drawn) takes no letters. */
const isTyping = (target) => canUse(target) && (Boolean(target.closest?.(TYPED_INTO)) || (target.matches?.('input, button') && Boolean(target.form?.querySelector(WRITTEN_IN))));

export const keysAreOn = () => cookie('keys') !== 'off';
/* Nobody types, and no dialog is open. */
export const handIsFree = (event) => !event.defaultPrevented && !isTyping(event.target) && !document.querySelector('dialog[open]');
/* The same, and a letter may be a shortcut. */
export const keysAreFree = (event) => handIsFree(event) && keysAreOn();

/* What every page has a key for, if it has the thing: the first field of its filters, its saved views. */
function filterField() {
	const form = document.querySelector('form.filters[method="get"]');
	const fold = form?.closest('details');

	if (fold && !canUse(form))
		fold.open = true;
	return [...form?.querySelectorAll('input:not([type="hidden"]), select') ?? []].find(canUse);
}
const savedViews = () => document.querySelector('.views a[aria-current], .views a, .views summary');
const BUILT_IN = [['f', filterField, 'k_filter'], ['v', savedViews, 'k_views']];

let first = null;       /* of two keys: the one pressed, and when */

function use(target) {
	if (target.matches('input:not([type="checkbox"], [type="radio"]), select, textarea')) {
		target.focus();
		target.select?.();
	} else
		target.click();
}

function onKey(event) {
	if (!handIsFree(event) || event.key === 'Shift')
		return;
	if (isKey(event, '?')) {
		event.preventDefault();
		openHelp();
		return;
	}
	if (!keysAreOn())
		return;

	const before = first && performance.now() - first.at < SECOND_MS ? first.key : null;

	first = null;
	for (const target of document.querySelectorAll('[data-key]')) {
		const [one, two] = target.dataset.key.split(' ');

		if (before && two ? one !== before || !isKey(event, two) : two || before || !isKey(event, one))
			continue;
		if (!canUse(target))
			continue;
		event.preventDefault();
		use(target);
		return;
	}
	if (isKey(event, 'g') && !before)
		first = { key: 'g', at: performance.now() };
	else if (!before && !goTo(event))
		walkChanges(event);
}

function goTo(event) {
	const target = BUILT_IN.find(([key]) => isKey(event, key))?.[1]();

	if (!target)
		return false;
	event.preventDefault();
	target.focus();
	return true;
}

/* ---- differences ---- */

function walkChanges(event) {
	const step = isKey(event, ']') ? 1 : isKey(event, '[') ? -1 : 0;
	const changes = step ? [...document.querySelectorAll('k-diff [data-change]')].filter(canUse) : [];

	if (!changes.length)
		return;

	const at = changes.findIndex((change) => change.contains(document.activeElement));
	const next = at < 0 ? (step > 0 ? 0 : changes.length - 1) : (at + step + changes.length) % changes.length;

	event.preventDefault();
	changes[next].tabIndex = -1;
	changes[next].focus();
	changes[next].scrollIntoView({ block: 'nearest' });
	announce(t('change', next + 1, changes.length));
}

/* ---- the help ---- */

/* Its words, without the key that it shows. */
const textOf = (target) => [...target.childNodes].filter((node) => node.nodeName !== 'KBD').map((node) => node.textContent).join('');
const labelOf = (target) => (target.dataset.keyLabel ?? target.getAttribute('aria-label') ?? target.labels?.[0]?.textContent ?? textOf(target)).trim();

const keyNames = (keys) => keys.split(' ').flatMap((key, i) => [...(i ? [' '] : []), make('kbd', { textContent: key })]);

function group(title, rows, seen = new Set()) {
	const before = seen.size;
	const list = make('dl', { className: 'keys' });

	for (const [keys, label] of rows.filter(([keys, label]) => label && !seen.has(keys) && seen.add(keys)))
		list.append(make('div', {}, make('dt', {}, ...keyNames(keys)), make('dd', { textContent: label })));
	return seen.size > before ? [make('h3', { textContent: title }), list] : [];
}

function openHelp() {
	const targets = [...document.querySelectorAll('[data-key]')].filter(canUse).map((target) => [target.dataset.key, labelOf(target)]);
	const here = new Set();         /* a key of the page goes before the same of the list */
	const box = make('input', { type: 'checkbox', id: 'keys-on', checked: keysAreOn() });
	const close = make('button', { className: 'btn', textContent: t('close') });
	const dialog = make('dialog', { className: 'help', id: 'help' },
		make('h2', { textContent: t('keys'), id: 'help-title' }),
		...group(t('keys_page'), [...targets.filter(([keys]) => !keys.includes(' ')),
			...(document.querySelector('k-diff') ? [[']', t('k_next')], ['[', t('k_prev')]] : []),
			...BUILT_IN.filter(([, find]) => find()).map(([key, , word]) => [key, t(word)])], here),
		...(document.querySelector('k-table') ? group(t('keys_list'), [['j', t('k_down')], ['k', t('k_up')], ['Enter', t('k_open')], ['o', t('k_aside')],
			...(document.querySelector('k-table [name="ids"]') ? [['x', t('k_pick')], ['Shift+x', t('k_range')], ['Ctrl+a', t('k_page')], ['Esc', t('k_clear')]] : [])], here) : []),
		...group(t('keys_go'), targets.filter(([keys]) => keys.includes(' '))),
		...group(t('keys_all'), [...(document.querySelector('k-palette') ? [['Ctrl+K', t('k_palette')]] : []), ['?', t('k_help')]]),
		make('p', { className: 'check' }, box, make('label', { htmlFor: 'keys-on', textContent: t('keys_single') })),
		make('form', { method: 'dialog', className: 'form-foot' }, close));

	dialog.setAttribute('aria-labelledby', 'help-title');
	box.addEventListener('change', () => {
		setPreference('keys', box.checked ? 'on' : 'off');
		if (!box.checked)
			announce(t('keys_off'));
	});
	dialog.addEventListener('close', () => dialog.remove());
	document.body.append(dialog);
	dialog.showModal();
	close.focus();
}

document.addEventListener('keydown', onKey);
document.addEventListener('keydown', (event) => {
	if (event.key === 'Escape' && !event.isComposing && event.target.matches?.('[data-key]') && event.target.matches(TYPED_INTO))
		event.target.blur();
});
document.addEventListener('click', (event) => event.target.closest?.('[data-help]') && openHelp());
