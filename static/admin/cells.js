/* cells.js -- what an event of <k-live> changes in the page: cells in place, rows without moving any. See kit.js.
 *
 * What must hold, whatever comes in: no row moves, none is dropped, the focus, the scroll, what is ticked and what is marked
 * stay. New rows wait until they are asked for.
 */
import { announce, make, put, showClock, showNumber, t } from './words.js';

const READ_MS = 1000;
const state = new WeakMap();    /* of each <k-live>: {timer, readAt, fresh, band} */

const of = (live) => state.get(live) ?? state.set(live, { timer: 0, readAt: -Infinity, fresh: new Map(), at: Date.now() }).get(live);

/* Text that somebody is marking is left as it is until the mark is gone. */
function isMarked(element) {
	const mark = getSelection();

	return mark && !mark.isCollapsed && mark.containsNode(element, true);
}

function write(cell, text) {
	if (cell.textContent !== text && !isMarked(cell)) {
		put(cell, text);
		cell.classList.add('fresh');
		setTimeout(() => cell.classList.remove('fresh'), 1500);
	}
}

function takeNumbers(scope, data) {
	for (const [name, value] of Object.entries(data))
		if (typeof value === 'number' || typeof value === 'string')
			for (const cell of document.querySelectorAll(`[data-live="${CSS.escape(`${scope}.${name}`)}"]`))
				write(cell, typeof value === 'number' ? showNumber(value) : value);
}

/* One row takes what the same row says on the new page, cell by cell; a cell that holds the focus or fields stays. */
function takeRow(row, fresh) {
	row.classList.remove('gone');
	[...row.children].forEach((cell, i) => {
		const other = fresh.children[i];

		if (!other || cell.innerHTML === other.innerHTML || cell.querySelector('input, button, select') || cell.contains(document.activeElement) || isMarked(cell))
			return;
		cell.replaceChildren(...other.cloneNode(true).childNodes);
	});
}

function takeRows(live, list, page) {
	const mine = of(live);
	const rows = new Map([...list.children].filter((row) => row.dataset.id).map((row) => [row.dataset.id, row]));
	const fresh = [...page.querySelectorAll(live.getAttribute('refresh') + ' > [data-id]')];
	const there = new Set(fresh.map((row) => row.dataset.id));

	for (const row of fresh)
		if (rows.has(row.dataset.id))
			takeRow(rows.get(row.dataset.id), row);
	for (const [id, row] of rows)
		if (!there.has(id))
			row.classList.add('gone');
	mine.fresh = new Map(fresh.filter((row) => !rows.has(row.dataset.id)).map((row) => [row.dataset.id, row]));
	offer(live, list);
}

function offer(live, list) {
	const mine = of(live);
	const n = mine.fresh.size;

	if (!mine.button) {
		mine.button = make('button', { type: 'button', className: 'btn more-rows' });
		mine.button.addEventListener('click', () => showFresh(live, document.querySelector(live.getAttribute('refresh'))));
		(list.closest('table') ?? list).before(mine.button);
	}
	mine.button.hidden = n === 0;
	put(mine.button, t('new_rows', n));
}

function showFresh(live, list) {
	const mine = of(live);
	const rows = [...mine.fresh.values()].map((row) => document.adoptNode(row));

	list.prepend(...rows);
	for (const gone of list.querySelectorAll(':scope > .gone'))
		gone.remove();
	announce(t('shown', rows.length));
	(rows[0]?.querySelector('th a[href], a[href]'))?.focus();
	mine.fresh.clear();
	mine.button.hidden = true;
}

async function read(live) {
	const mine = of(live);
	const list = document.querySelector(live.getAttribute('refresh'));

	mine.timer = 0;
	mine.readAt = performance.now();
	if (!list || document.visibilityState !== 'visible')
		return;
	try {
		const answer = await fetch(location.href, { headers: { Accept: 'text/html', 'X-Frag': list.id } });

		if (!answer.ok || answer.redirected)
			return;
		const page = new DOMParser().parseFromString(await answer.text(), 'text/html');

		for (const cell of page.querySelectorAll('[data-live]'))
			for (const here of document.querySelectorAll(`[data-live="${CSS.escape(cell.dataset.live)}"]`))
				write(here, cell.textContent);
		takeRows(live, list, page);
	} catch { /* the network: the band says so */ }
}

function readSoon(live) {
	const mine = of(live);

	mine.timer ||= setTimeout(() => read(live), Math.max(0, mine.readAt + READ_MS - performance.now()));
}

document.addEventListener('live', (event) => {
	const live = event.target;
	const { data } = event.detail;

	of(live).at = Date.now();
	if (live.getAttribute('scope'))
		takeNumbers(live.getAttribute('scope'), data);
	if (live.getAttribute('refresh') && event.detail.type !== 'sync')
		readSoon(live);
});

/* Lost: one band for all streams of the page says as of when the values are. */
const lost = new Set();
let band;

function showLost() {
	if (lost.size && !band) {
		band = make('p', { className: 'alert-band bad', textContent: t('lost', showClock(Math.max(...[...lost].map((live) => of(live).at)))) });
		band.setAttribute('role', 'status');
		(document.querySelector('.page-head') ?? document.getElementById('main')?.firstElementChild)?.after(band);
	} else if (!lost.size && band) {
		band.remove();
		band = null;
	}
}

document.addEventListener('livestate', (event) => {
	const live = event.target;

	if (!live.hasAttribute('scope') && !live.hasAttribute('refresh'))
		return;
	if (event.detail === 'lost')
		lost.add(live);
	else if (event.detail === 'idle')
		lost.delete(live);
	else if (event.detail === 'open' && lost.delete(live) && live.getAttribute('refresh'))
		readSoon(live);
	for (const one of lost)
		if (!one.isConnected)
			lost.delete(one);
	showLost();
});
