/* frag.js -- a part of a page taken from another page: lists with an aside, filters. See kit.js. */
import { announce, t } from './words.js';

let asked = 0;          /* the newest request: answers to older ones come too late */

function busy(element, on) {
	if (on)
		element.setAttribute('aria-busy', 'true');
	else
		element.removeAttribute('aria-busy');
}

/* Where the focus was in the old part, in the new one: the same id, or the same name. */
function twin(old, fresh) {
	const focused = document.activeElement;

	if (!old.contains(focused))
		return null;
	if (focused.id && focused !== old)
		return fresh.querySelector('#' + CSS.escape(focused.id)) ?? fresh;
	return fresh;
}

async function take(href, target) {
	const old = document.querySelector(target);
	const turn = ++asked;

	if (!old)
		throw new Error('no such part here');
	busy(old, true);
	try {
		const answer = await fetch(href, { headers: { Accept: 'text/html', 'X-Frag': target.slice(1) }, credentials: 'same-origin' });
		const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
		const fresh = page.querySelector(target);

		if (turn !== asked)
			return null;
		if (!answer.ok || answer.redirected || !fresh)
			throw new Error('no such part there');

		const focus = twin(old, fresh);
		const scroll = [scrollX, scrollY, old.scrollTop];

		old.replaceWith(document.adoptNode(fresh));
		document.title = page.title;
		if (focus) {
			if (focus === fresh)
				fresh.tabIndex = -1;
			focus.focus({ preventScroll: true });
		}
		scrollTo(scroll[0], scroll[1]);
		fresh.dispatchEvent(new CustomEvent('frag', { bubbles: true }));
		announce(fresh.querySelector('h1, h2')?.textContent.trim() ?? page.title);
		return fresh;
	} finally {
		busy(old, false);
	}
}

async function visit(href, target) {
	try {
		if (!await take(href, target))
			return;
		history.replaceState({ ...history.state, frag: target }, '');
		history.pushState({ frag: target }, '', href);
		mark();
	} catch {
		location.assign(href);
	}
}

/* The link to what is shown says so. */
function mark() {
	for (const link of document.querySelectorAll('a[data-frag]')) {
		if (link.href === location.href)
			link.setAttribute('aria-current', 'true');
		else if (link.getAttribute('aria-current') === 'true')
			link.removeAttribute('aria-current');
		link.closest('tr')?.classList.toggle('current', link.href === location.href);
	}
}

document.addEventListener('click', (event) => {
	const link = event.target.closest?.('a[data-frag]');

	if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || link.origin !== location.origin
		|| !document.querySelector(link.dataset.frag))
		return;
	event.preventDefault();
	visit(link.href, link.dataset.frag);
});

document.addEventListener('submit', (event) => {
	const form = event.target;

	if (event.defaultPrevented || form.method !== 'get' || !form.dataset.frag || !document.querySelector(form.dataset.frag))
		return;
	event.preventDefault();
	announce(t('loading'));
	const url = new URL(form.action);

	url.search = new URLSearchParams(new FormData(form, event.submitter)).toString();
	visit(url.href, form.dataset.frag);
});

addEventListener('popstate', async (event) => {
	if (!event.state?.frag)
		return;
	try {
		await take(location.href, event.state.frag);
		mark();
	} catch {
		location.reload();
	}
});
