/* actions.js -- what an operator may do with a queue while it runs; each says what it means before it is done. */
import { put, showNumber } from '../words.js';
import { t } from './words.js';

const $ = (id) => document.getElementById(id);

/* The token of this login stands in the page's frame. */
const csrf = () => document.querySelector('input[name="csrf"]')?.value ?? '';

async function send(method, path, body, headers = {}) {
	const answer = await fetch('/api/v1/admin/courses/' + path, {
		method, body: JSON.stringify(body), headers: {
			Accept: 'application/json', 'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
			'X-CSRF-Token': csrf(), 'Accept-Language': document.documentElement.lang, ...headers,
		},
	});

	if (!answer.ok)
		throw new Error((await answer.json().catch(() => ({}))).title ?? t('not_done'));
}

function say(text, good) {
	$('result').hidden = false;
	$('result').className = good ? 'result-band' : 'alert-band bad';
	put($('result'), text);
}

/* What each would do, with the numbers of now. */
export function drawActions(course, numbers) {
	const stops = course.status === 'open';
	const more = Math.max(0, Math.trunc(Number($('seats').value)) || 0);
	const button = $('do-status').querySelector('button');

	$('act').hidden = course.is_over;
	$('do-status').hidden = course.status !== 'open' && course.status !== 'closed';
	put(button, t(stops ? 'do_stop' : 'do_go'));
	put($('status-means'), stops ? t('stop_means', showNumber(numbers.waiting ?? 0)) : t('go_means', showNumber(numbers.waiting ?? 0), showNumber(numbers.seats_left ?? 0)));
	put($('seats-mean'), t(stops ? 'seats_mean' : 'seats_mean_closed', showNumber(course.capacity), showNumber(course.capacity + more),
		showNumber(Math.min(more, numbers.waiting ?? 0))));
}

function once(form, work) {
	form.addEventListener('submit', async (event) => {
		const button = form.querySelector('button');

		event.preventDefault();
		if (button.getAttribute('aria-busy') === 'true')
			return;
		button.setAttribute('aria-busy', 'true');
		try {
			say(await work(), true);
		} catch (error) {
			say(error instanceof TypeError ? t('not_done') : error.message, false);
		} finally {
			button.removeAttribute('aria-busy');
		}
	});
}

export function setUpActions(courseId, view, read) {
	once($('do-status'), async () => {
		const stops = view().picture.course.status === 'open';

		await send('POST', courseId + '/status', { status: stops ? 'closed' : 'open' }, { 'Idempotency-Key': crypto.randomUUID() });
		await read();
		return t(stops ? 'done_stop' : 'done_go');
	});
	once($('do-seats'), async () => {
		const { course } = view().picture;
		const capacity = course.capacity + Number($('seats').value);

		await send('PATCH', courseId, { capacity }, { 'If-Match': `"${course.version}"` });
		await read();
		return t('done_seats', showNumber(capacity));
	});
	$('seats').addEventListener('input', () => view().picture && drawActions(view().picture.course, view().numbers));
}
