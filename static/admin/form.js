/* form.js -- forms: sent once, guarded, kept as drafts. See kit.js. */
import { announce, make, t } from './words.js';

const YEAR = 365 * 24 * 3600;
const SEND_AGAIN_MS = 15000;
const KEEP_MS = 400;

export const cookie = (name) =>
	document.cookie.split('; ').find((c) => c.startsWith(name + '='))?.slice(name.length + 1) ?? '';

export function setPreference(name, value) {
	const secure = location.protocol === 'https:' ? '; secure' : '';

	document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
}

/* What this tab remembers. A browser that forbids it loses a convenience, nothing else. */
export const memory = {
	get(key) { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } },
	set(key, value) { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* full, or forbidden */ } },
	drop(key) { try { sessionStorage.removeItem(key); } catch { /* forbidden */ } },
};

async function onClick(event) {
	const pref = event.target.closest?.('[data-pref]');
	const copy = event.target.closest?.('[data-copy]');

	if (pref) {
		event.preventDefault();
		setPreference(pref.dataset.pref, pref.dataset.value);
		location.reload();
	}
	if (event.target.closest?.('[data-print]'))
		window.print();
	if (copy) {
		try {
			await navigator.clipboard.writeText(copy.dataset.copy);
			announce(t('copied'));
		} catch { /* not allowed here: the text can be marked by hand */ }
	}
}

/* ---- sent once; not lost ---- */

const sentAt = new WeakMap();
const changed = new WeakSet();

function onSubmit(event) {
	const form = event.target;

	if (event.defaultPrevented)
		return;
	changed.delete(form);
	if (form.getAttribute('method') !== 'post')      /* form.method is a field, where one is called so */
		return;
	/* Not for ever: a request that got lost must be repeatable without a reload. */
	if (performance.now() - (sentAt.get(form) ?? -SEND_AGAIN_MS) < SEND_AGAIN_MS) {
		event.preventDefault();
		return;
	}
	sentAt.set(form, performance.now());
	if (form.dataset.draft)
		memory.set('draft-sent', form.dataset.draft);
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

/* ---- drafts ---- */

const KEPT = 'input:not([type="hidden"], [type="password"], [type="file"], [type="submit"]), select, textarea';

function values(form) {
	return [...form.querySelectorAll(KEPT)].filter((field) => field.name)
		.map((field) => [field.name, field.matches('[type="checkbox"], [type="radio"]') ? [field.value, field.checked] : field.value]);
}

function fill(form, kept) {
	const fields = [...form.querySelectorAll(KEPT)].filter((field) => field.name);

	kept.forEach(([name, value], i) => {
		const field = fields[i]?.name === name ? fields[i] : null;

		if (!field)
			return;
		if (Array.isArray(value))
			field.checked = value[1];
		else
			field.value = value;
	});
	changed.add(form);
}

function offerDraft(form) {
	const key = 'draft:' + form.dataset.draft;
	const kept = memory.get(key);

	if (!kept || JSON.stringify(kept) === JSON.stringify(values(form)))
		return;

	const take = make('button', { type: 'button', className: 'btn btn-small', textContent: t('draft_take') });
	const drop = make('button', { type: 'button', className: 'btn btn-small', textContent: t('draft_drop') });
	const band = make('div', { className: 'alert-band info draft-band' }, make('span', { textContent: t('draft') }), make('div', { className: 'actions' }, take, drop));
	const end = () => { band.remove(); form.querySelector(KEPT)?.focus(); };

	band.setAttribute('role', 'status');
	take.addEventListener('click', () => { fill(form, kept); end(); });
	drop.addEventListener('click', () => { memory.drop(key); end(); });
	form.before(band);
}

function setUpDrafts() {
	const sent = memory.get('draft-sent');

	memory.drop('draft-sent');
	/* It came back with something to correct, or it arrived. */
	if (sent && !(document.querySelector('.error-summary') && document.querySelector(`form[data-draft="${CSS.escape(sent)}"]`)))
		memory.drop('draft:' + sent);
	for (const form of document.querySelectorAll('form[data-draft]')) {
		let timer = 0;

		offerDraft(form);
		form.addEventListener('input', () => {
			clearTimeout(timer);
			timer = setTimeout(() => memory.set('draft:' + form.dataset.draft, values(form)), KEEP_MS);
		});
	}
}

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
setUpDrafts();
document.querySelector('.error-summary')?.focus();
