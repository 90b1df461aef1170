/* keys.js -- shortcuts, and the help that lists them. See kit.js.
 *
 * With the Hangul keyboard on, `key` is ㅔ or "Process" and only `code` names the place; while a syllable is being composed a
 * key belongs to it. Letters alone can be switched off (WCAG 2.1.4): the cookie keys=off, a switch in the help.
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

const TYPED_INTO = 'input:not([type="checkbox"], [type="radio"], [type="submit"], [type="button"]), select, textarea, [contenteditable]';

export const keysAreOn = () => cookie('keys') !== 'off';
export const keysAreFree = (event) =>
	!event.defaultPrevented && keysAreOn() && !event.target.closest?.(TYPED_INTO) && !document.querySelector('dialog[open]');

const canUse = (target) => !target.disabled && target.checkVisibility?.() !== false;

let first = null;       /* of two keys: the one pressed, and when */

function use(target) {
	if (target.matches('input:not([type="checkbox"], [type="radio"]), select, textarea')) {
		target.focus();
		target.select?.();
	} else
		target.click();
}

function onKey(event) {
	if (!keysAreFree(event) || event.key === 'Shift')
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
	if (isKey(event, '?')) {
		event.preventDefault();
		openHelp();
	} else if (isKey(event, 'g') && !before)
		first = { key: 'g', at: performance.now() };
	else
		walkChanges(event);
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

const labelOf = (target) => (target.dataset.keyLabel ?? target.getAttribute('aria-label') ?? target.labels?.[0]?.textContent ?? target.textContent).trim();

const keyNames = (keys) => keys.split(' ').flatMap((key, i) => [...(i ? [' '] : []), make('kbd', { textContent: key })]);

function group(title, rows) {
	const seen = new Set();
	const list = make('dl', { className: 'keys' });

	for (const [keys, label] of rows.filter(([keys, label]) => label && !seen.has(keys) && seen.add(keys)))
		list.append(make('div', {}, make('dt', {}, ...keyNames(keys)), make('dd', { textContent: label })));
	return seen.size ? [make('h3', { textContent: title }), list] : [];
}

function openHelp() {
	const targets = [...document.querySelectorAll('[data-key]')].filter(canUse).map((target) => [target.dataset.key, labelOf(target)]);
	const box = make('input', { type: 'checkbox', id: 'keys-on', checked: keysAreOn() });
	const close = make('button', { className: 'btn', textContent: t('close') });
	const dialog = make('dialog', { className: 'help', id: 'help' },
		make('h2', { textContent: t('keys'), id: 'help-title' }),
		...group(t('keys_page'), targets.filter(([keys]) => !keys.includes(' '))),
		...(document.querySelector('k-table') ? group(t('keys_list'), [['j', t('k_down')], ['k', t('k_up')], ['x', t('k_pick')], ['Shift+x', t('k_range')],
			['Ctrl+a', t('k_page')], ['Enter', t('k_open')], ['Esc', t('k_clear')]]) : []),
		...(document.querySelector('k-diff') ? group(t('keys_page'), [[']', t('k_next')], ['[', t('k_prev')]]) : []),
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
