/* queue.js -- one course's queue while it happens: /admin/live/queue/7, which shows the numbers of the moment without it.
 *
 * Holds no data of its own: GET /api/v1/admin/courses/{id}/queue gives the whole picture, and the stream of
 * …/events says that it changed, with the numbers (states, not increments, so that a missed one does no harm).
 * What must hold: numbers move at most four times a second, the picture is read at most once a second, and nothing moves
 * under a pointer or a focus. Times count down by the server's clock.
 */
import { cookie } from '../form.js';
import { make, put, showClock, showNumber } from '../words.js';
import { drawActions, setUpActions } from './actions.js';
import { drawChart, sample } from './chart.js';
import { hasWord, showSpan, showWhen, t } from './words.js';

const DRAW_MS = 250;
const READ_MS = 1000;
const READ_ANYWAY_MS = 20000;
const READ_LOST_MS = 5000;
const REAUTH_MS = 1000;         /* the tab that logs out itself is gone by then */
const SUMMARY_MS = 10000;
const FEED_ROWS = 50;
const SOON_MS = 30000;
const TEN_MINUTES_MS = 600000;
const NUMBERS = ['seats_left', 'waiting', 'held', 'paying', 'enrolled', 'joins_per_second'];

const $ = (id) => document.getElementById(id);
const courseId = $('board').dataset.course;

const view = {
	picture: null,          /* the newest one read */
	numbers: {},            /* the newest ones, of a picture or of the stream */
	at: 0,                  /* the server's time of the numbers */
	offset: 0,              /* server's clock minus ours */
	readAt: -Infinity,
	reading: false,
	failures: 0,            /* reads in a row that gave nothing */
	paused: false,
	drawing: 0,
	drawnAt: -Infinity,
	over: false,            /* there is nothing to watch: no such course, no right */
};

const now = () => Date.now() + view.offset;
const busy = (element) => element.matches(':hover') || element.contains(document.activeElement);

/* ---- what comes in ---- */

function takeNumbers(data) {
	const at = Date.parse(data.now) || now();

	if (at < view.at)       /* an answer overtaken by a newer state */
		return;
	view.at = at;
	sample(courseId, at, data);
	for (const name of NUMBERS)
		if (typeof data[name] === 'number')
			view.numbers[name] = data[name];
}

async function read() {
	const asked = Date.now();

	if (view.reading || view.over)
		return;
	view.reading = true;
	view.readAt = performance.now();
	try {
		const answer = await fetch(`/api/v1/admin/courses/${courseId}/queue`, { headers: { Accept: 'application/json' }, cache: 'no-store' });

		if (answer.ok) {
			const picture = await answer.json();
			const clock = Date.parse(picture.now) || Date.parse(answer.headers.get('Date'));

			view.offset = clock - (asked + Date.now()) / 2;
			view.picture = picture;
			view.failures = 0;
			takeNumbers(picture);
			drawSoon();
		} else {
			view.failures++;
			refused(answer.status);
		}
	} catch {
		view.failures++;        /* the network: the band says how old the values are */
	} finally {
		view.reading = false;
	}
}

function refused(status) {
	if (status === 401)
		location.assign('/admin/login?next=' + encodeURIComponent(location.pathname + location.search));
	else if (status === 403)
		giveUp('no_right');
	else if (status === 404)
		giveUp('unknown_course');
}

function giveUp(word) {
	view.over = true;
	$('live').remove();
	$('board').hidden = true;
	$('pause').hidden = true;
	$('opening').hidden = true;
	$('band').hidden = false;
	$('band').replaceChildren(make('span', { textContent: t(word) }), make('a', { href: '/admin/courses', textContent: t('courses') }));
}

/* Reads now, or when a second has passed since the last time; five after one that failed. */
let readTimer = 0;
function readSoon() {
	if (readTimer)
		return;
	readTimer = setTimeout(() => { readTimer = 0; read(); }, Math.max(0, view.readAt + (view.failures ? READ_LOST_MS : READ_MS) - performance.now()));
}

/* After something was done here: what it changed is shown at once. */
function readNow() {
	clearTimeout(readTimer);
	readTimer = 0;
	return read();
}

const isLost = () => $('live')?.dataset.state === 'lost' || view.failures > 1;

/* ---- what is shown ---- */

function drawSoon() {
	if (view.drawing || view.paused)
		return;
	view.drawing = setTimeout(draw, Math.max(0, view.drawnAt + DRAW_MS - performance.now()));
}

function draw() {
	view.drawing = 0;
	view.drawnAt = performance.now();
	if (view.paused || view.over || !view.picture)
		return;
	drawHead(view.picture.course);
	drawNumbers(view.picture.course);
	drawHolds(view.picture.holds ?? []);
	drawHeads(view.picture.waiting_head ?? []);
	drawFeed(view.picture.feed ?? []);
	drawActions(view.picture.course, view.numbers);
	drawChart(view.at);
	drawTimes();
	drawBand();
}

const STATUS_LOOK = { planned: 'badge-info', open: 'badge-live', closed: 'badge-warn' };

function icon(name) {
	const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
	const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');

	use.setAttribute('href', '/static/admin/icons.svg#' + name);
	svg.setAttribute('class', 'icon');
	svg.setAttribute('aria-hidden', 'true');
	svg.append(use);
	return svg;
}

const badge = (look, name, word) => make('span', { className: 'badge ' + look }, icon(name), word);

/* The stream's course is the queue's view of it: open or not, and the window. */
function statusOf(course) {
	if (!course.open || Date.parse(course.closes_at) <= now())
		return 'closed';
	return Date.parse(course.opens_at) > now() ? 'planned' : 'open';
}

function drawHead(course) {
	const word = statusOf(course);
	const facts = [`C-${course.id}`, t('of_capacity', showNumber(course.capacity)), t('hold', showSpan(course.hold_seconds * 1000)),
		t('opens', showWhen(Date.parse(course.opens_at)), showWhen(Date.parse(course.closes_at)))];

	put($('title'), course.title);
	document.title = t('title', course.title);
	/* A day is not broken at its hyphens. */
	put($('facts'), facts.join(' · ').replace(/(\d)-(?=\d)/g, '$1\u2011'));
	if ($('status').dataset.word !== word) {
		$('status').dataset.word = word;
		$('status').replaceChildren(badge(STATUS_LOOK[word], word === 'open' ? 'play' : 'clock', t(word)));
	}
}

function drawNumbers(course) {
	const n = view.numbers;
	const rate = n.joins_per_second ?? 0;

	for (const name of ['seats_left', 'waiting', 'held', 'paying', 'enrolled'])
		put($('n-' + name), showNumber(n[name] ?? 0));
	put($('n-joins_per_second'), showNumber(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate)));
	put($('of-capacity'), t('of_capacity', showNumber(course.capacity)));
	$('n-seats_left').parentElement.classList.toggle('none', n.seats_left === 0);
	$('filled').max = course.capacity;
	$('filled').value = n.enrolled ?? 0;
}

/* Rows by key, changed in place. While a hand is in the table none is moved or dropped: who has gone is struck out, who has
 * come stands at the end. */
function drawRows(table, items, create, update) {
	const body = table.tBodies[0];
	const rows = new Map([...body.rows].map((row) => [row.dataset.key, row]));
	const held = busy(table.parentElement);
	const staying = new Set(items.map((item) => String(item.ticket_id)));

	for (const [key, row] of rows)
		if (!staying.has(key) && held)
			row.classList.add('gone');
		else if (!staying.has(key))
			row.remove();

	let place = body.firstElementChild;

	for (const item of items) {
		const key = String(item.ticket_id);
		const row = rows.get(key) ?? create(item);

		row.dataset.key = key;
		row.classList.remove('gone');
		update(row, item);
		if (held ? !row.isConnected : row !== place)
			body.insertBefore(row, held ? null : place);
		else
			place = row.nextElementSibling;
	}
	table.hidden = body.rows.length === 0;
	$(table.id + '-empty').hidden = !table.hidden;
}

const cell = (label, className = '') => {
	const td = make('td', { className });

	td.dataset.label = t(label);
	return td;
};

function drawHolds(holds) {
	drawRows($('holds'), holds,
		() => make('tr', {}, cell('number', 'num'), make('th', { scope: 'row' }), cell('state'), cell('remaining', 'num')),
		(row, hold) => {
			const [number, member, state, left] = row.children;

			put(number, hold.number === null ? '–' : showNumber(hold.number));
			put(member, hold.member?.name ?? '–');
			if (state.dataset.word !== hold.state) {
				state.dataset.word = hold.state;
				state.replaceChildren(badge(hold.state === 'paying' ? 'badge-warn' : 'badge-info',
					hold.state === 'paying' ? 'card' : 'clock', hasWord(hold.state) ? t(hold.state) : hold.state));
			}
			left.dataset.until = hold.hold_expires_at ?? '';
		});
}

function drawHeads(heads) {
	drawRows($('heads'), heads,
		() => make('tr', {}, cell('number', 'num'), make('th', { scope: 'row' }), cell('joined', 'num')),
		(row, ticket) => {
			put(row.children[0], ticket.number === null ? '–' : showNumber(ticket.number));
			put(row.children[1], ticket.member?.name ?? '–');
			put(row.children[2], showClock(Date.parse(ticket.joined_at)));
		});
}

/* What an event is called, and how it looks. */
const EVENTS = {
	joined: ['e_joined', ''],
	offered: ['e_offered', 'badge-info'],
	enrolled: ['e_enrolled', 'badge-ok'],
	expired: ['e_expired', 'badge-bad'],
	left: ['e_left', ''],
	cancelled: ['e_cancelled', 'badge-bad'],
};
const feed = { seen: new Set(), waiting: [] };

const feedKey = (event) => `${event.at} ${event.type} ${event.ticket_id}`;

function feedRow(event) {
	const [word, look] = EVENTS[event.type] ?? [null, ''];
	const li = make('li', {},
		make('time', { dateTime: event.at, textContent: showClock(Date.parse(event.at)) }),
		make('span', { textContent: event.member_name ?? '–' }),
		make('span', { className: 'badge ' + look, textContent: word ? t(word) : event.type }));

	li.dataset.key = feedKey(event);
	return li;
}

function drawFeed(events) {
	const newestFirst = events.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
	const fresh = newestFirst.filter((event) => !feed.seen.has(feedKey(event)));
	const first = feed.seen.size === 0;

	for (const event of fresh)
		feed.seen.add(feedKey(event));
	feed.waiting = [...fresh, ...feed.waiting].slice(0, FEED_ROWS);
	if (first || !busy($('feed-box')))
		showFeed();
	put($('feed-more'), t('feed_more', feed.waiting.length));
	$('feed-more').hidden = feed.waiting.length === 0;
	$('feed-empty').hidden = $('feed').children.length > 0 || feed.waiting.length > 0;
	$('feed-scroll').hidden = $('feed').children.length === 0;
}

function showFeed() {
	const list = $('feed');

	list.prepend(...feed.waiting.map(feedRow));
	feed.waiting = [];
	while (list.children.length > FEED_ROWS)
		list.lastElementChild.remove();
	/* Keys of long ago are forgotten; what the server can still send is newer. */
	if (feed.seen.size > 20 * FEED_ROWS)
		feed.seen = new Set([...feed.seen].slice(-5 * FEED_ROWS));
	$('feed-more').hidden = true;
	$('feed-scroll').hidden = list.children.length === 0;
}

function drawTimes() {
	if (view.paused || !view.picture)
		return;
	for (const td of $('holds').querySelectorAll('td[data-until]')) {
		const left = Date.parse(td.dataset.until) - now();

		put(td, Number.isNaN(left) ? '–' : left <= 0 ? t('over') : showSpan(left));
		td.classList.toggle('soon', left < SOON_MS);
	}
	const { course } = view.picture;
	const opens = Date.parse(course.opens_at);
	const before = opens > now();

	$('opening').hidden = !before;
	if (before) {
		put($('opening-left'), showSpan(opens - now()));
		put($('opening-when'), t('opens_when', showWhen(opens)));
		$('opening').classList.toggle('soon-open', opens - now() <= TEN_MINUTES_MS);
		drawReady(course);
	}
}

/* What must be right before it begins. */
function drawReady(course) {
	const closes = Date.parse(course.closes_at);
	const lines = [
		course.status === 'open' ? [true, t('ready_status')] : [false, t('ready_status_not')],
		view.numbers.seats_left > 0 ? [true, t('ready_seats', showNumber(view.numbers.seats_left))] : [false, t('ready_seats_not')],
		[true, course.price > 0 ? t('ready_price', showNumber(course.price)) : t('ready_free')],
		course.sessions > 0 ? [true, t('ready_sessions', showNumber(course.sessions))] : [false, t('ready_sessions_not')],
		closes > Date.parse(course.opens_at) ? [true, t('ready_window', showWhen(closes))] : [false, t('ready_window_not')],
	];
	const word = JSON.stringify(lines);

	if ($('ready').dataset.word === word)
		return;
	$('ready').dataset.word = word;
	$('ready').replaceChildren(...lines.map(([good, text]) => make('li', { className: good ? 'good' : 'bad' }, icon(good ? 'check' : 'alert'), text)));
}

function drawBand() {
	const word = view.paused ? 'paused' : isLost() ? (view.at ? 'lost' : 'lost_empty') : null;

	document.body.classList.toggle('is-stale', word !== null);
	$('band').hidden = word === null;
	$('band').classList.toggle('bad', !view.paused);
	if (word)
		put($('band'), t(word, showClock(view.shownAt ?? view.at)));
}

function drawLive() {
	const state = view.paused ? 'paused' : $('live').dataset.state === 'idle' ? 'connecting' : $('live').dataset.state;

	put($('live-word'), t('live_' + state));
	$('live').firstElementChild.classList.toggle('paused', view.paused);
}

/* ---- what the hand does ---- */

function pause() {
	view.paused = !view.paused;
	view.shownAt = view.paused ? view.at : null;
	$('pause').setAttribute('aria-pressed', String(view.paused));
	put($('pause').querySelector('span'), t(view.paused ? 'resume' : 'pause'));
	$('pause').querySelector('use').setAttribute('href', '/static/admin/icons.svg#' + (view.paused ? 'play' : 'pause'));
	drawLive();
	drawBand();
	drawSoon();
}

function summarise() {
	const n = view.numbers;

	if (view.picture && !view.paused && !view.over)
		put($('summary'), t('summary', ...[n.seats_left, n.waiting, n.held, n.paying, n.enrolled].map((x) => showNumber(x ?? 0))));
}

/* Once a second: times run down, and what the stream cannot say by itself is read. */
function tick() {
	const since = performance.now() - view.readAt;

	drawTimes();
	drawBand();
	if (document.visibilityState !== 'visible')
		return;
	if (view.picture && !view.paused && !view.over)
		drawChart(now());
	if (since > (isLost() ? READ_LOST_MS : READ_ANYWAY_MS) || (since > 2 * READ_MS && view.numbers.joins_per_second > 0))
		readSoon();
}

function start() {
	if (cookie('keys') === 'off')
		$('pause').querySelector('kbd').hidden = true;
	$('live').addEventListener('livestate', (event) => {
		drawLive();
		drawBand();
		if (event.detail === 'open') {
			view.failures = 0;
			readSoon();
		}
	});
	$('live').addEventListener('live', (event) => {
		if (event.detail.type === 'reauth') {
			setTimeout(readNow, REAUTH_MS);         /* says what ended: the login, or a right */
			return;
		}
		if (event.detail.type === 'queue.state')
			takeNumbers(event.detail.data);
		drawSoon();
		readSoon();
	});
	$('pause').addEventListener('click', pause);
	setUpActions(courseId, () => view, readNow);
	$('feed-more').addEventListener('click', () => { showFeed(); $('feed-scroll').focus(); });
	for (const type of ['mouseleave', 'focusout'])
		for (const box of document.querySelectorAll('.queue-lists section'))
			box.addEventListener(type, () => setTimeout(drawSoon));
	document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && readSoon());
	setInterval(tick, 1000);
	setInterval(summarise, SUMMARY_MS);
	$('live').setAttribute('src', `/api/v1/admin/courses/${courseId}/events`);
	drawLive();
	read();
}

start();
