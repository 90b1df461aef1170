/* wall.js -- the wall of openings: countdowns by the server's clock; one that begins, comes or goes makes the wall be read again.
 * Cards on the screen have a stream each (a browser may have about a hundred to one host); those that are not wait for the eye. */
import { put } from '../words.js';
import { showSpan, t } from './words.js';

const AGAIN_MS = 30000;
const SOON_MS = 600000;
const wall = document.getElementById('wall');
const offset = Date.parse(document.getElementById('wall-now').dataset.now) - Date.now();
let readAt = performance.now();
let key = '';

const signature = (root) => [...root.querySelectorAll('.opening')].map((card) => card.dataset.id + (card.querySelector('.countdown') ? '-' : '+')).join();

const seen = new IntersectionObserver((entries) => {
	for (const { target, isIntersecting } of entries) {
		const live = target.querySelector('k-live');

		if (!isIntersecting)
			live?.removeAttribute('src');
		else if (live && !live.hasAttribute('src'))
			live.setAttribute('src', live.dataset.stream);
	}
}, { rootMargin: '200px' });

function watch() {
	seen.disconnect();
	for (const card of wall.querySelectorAll('.opening'))
		seen.observe(card);
}

/* A dot says in words what its colour says. */
document.addEventListener('livestate', ({ target, detail }) => {
	const words = target.querySelector('.sr-only');

	if (words && wall.contains(target))
		put(words, target.title = t('live_' + detail));
});

/* The countdown of a card is over: it says so at once, whoever has joined or not. */
function begin(card) {
	const badge = card?.querySelector('[data-begins]');

	if (!badge)
		return;
	badge.className = 'badge badge-live';
	badge.querySelector('use').setAttribute('href', '/static/admin/icons.svg#play');
	put(badge.querySelector('span'), badge.dataset.begins);
	badge.removeAttribute('data-begins');
}

/* Cards that come and go change the page only when nobody has a hand in it. */
async function read() {
	readAt = performance.now();
	if (document.visibilityState !== 'visible')
		return;
	try {
		const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });

		if (!answer.ok || answer.redirected)
			return;
		const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
		const fresh = page.getElementById('wall');

		for (const cell of fresh.querySelectorAll('[data-live]'))
			for (const here of wall.querySelectorAll(`[data-live="${cell.dataset.live}"]`))
				put(here, cell.textContent);
		if (signature(fresh) !== key && !wall.matches(':hover') && !wall.contains(document.activeElement)) {
			wall.replaceChildren(...[...fresh.children].map((card) => document.adoptNode(card)));
			key = signature(wall);
			watch();
		}
	} catch { /* the network: the dots say so */ }
}

function tick() {
	const now = Date.now() + offset;
	let over = false;

	for (const countdown of wall.querySelectorAll('.countdown')) {
		const left = Date.parse(countdown.dataset.until) - now;

		put(countdown, showSpan(left));
		countdown.classList.toggle('soon', left < SOON_MS);
		over ||= left <= 0;
		if (left <= 0)
			begin(countdown.closest('.opening'));
	}
	if (performance.now() - readAt > (over ? 1500 : AGAIN_MS))
		read();
}

key = signature(wall);
watch();
tick();
setInterval(tick, 1000);
