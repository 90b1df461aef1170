/* pages.js -- every page there is, for the tests that look at all of them.
 *
 * ALL lists what no link leads to, or what needs to be made first; the rest is found by following the links of the pages: one
 * page of each kind (/admin/courses/7 and /admin/courses/8 are of one kind). A new page is looked at as soon as something links to it.
 */
import { ask, clientOf, newCourse, newPage } from './kit.js';

export const ADMIN = 'admin@madang.example';
export const OPERATOR = 'operator@madang.example';
export const TEACHER = 'teacher@madang.example';

const LIVE = '#status .badge';

/* path, or a function that makes what the page needs and gives it; who looks (nobody: not logged in); what to wait for. */
const ALL = [
	{ path: '/admin/login' },
	{ path: '/verify?token=a-token' },
	{ path: '/admin/', who: ADMIN },
	{ path: '/teach/', who: TEACHER },
	{ path: '/admin/courses?status=cancelled', who: OPERATOR },
	{ path: '/admin/courses/999999999', who: OPERATOR },
	{ path: async () => '/admin/live/queue/' + (await long()).id, who: OPERATOR, ready: LIVE },
	{ path: async () => '/admin/courses/' + (await long()).id, who: OPERATOR },
	{ path: '/admin/requests?state=any', who: OPERATOR },
	{ path: async () => '/admin/requests/decide?action=approve' + (await waiting()).map((id) => '&ids=' + id).join(''), who: OPERATOR },
	{ path: async () => '/admin/requests/decide?action=reject' + (await waiting()).map((id) => '&ids=' + id).join(''), who: OPERATOR },
	{ path: async () => '/admin/requests/batches/' + await batch(), who: OPERATOR },
	{ path: async () => `/admin/courses/bulk?action=open&ids=${(await long()).id}`, who: OPERATOR },
	{ path: async () => `/admin/courses/bulk?action=close&ids=${(await long()).id}`, who: OPERATOR },
	{ path: async () => `/admin/courses/bulk?action=copy&ids=${(await long()).id}`, who: OPERATOR },
	{ path: async () => `/admin/courses/bulk/done?action=copy&done=${(await long()).id}&failed=${(await long()).id}.room_taken`, who: OPERATOR },
	{ path: '/admin/categories', who: OPERATOR },
	/* without a language in their address, the pages of the reference are in the looker's */
	{ path: '/docs/' },
	{ path: '/docs/course.html' },
	{ path: '/docs/refund.html' },
	{ path: '/docs/problems.html' },
	{ path: '/docs/try/', ready: '#operation option:nth-child(2)', js: true },
];

let course;
async function long() {
	course ??= await newCourse(await clientOf(OPERATOR), { title: '처음 배우는 재봉틀: 파우치와 에코백 만들기 (평일 저녁반, 재료비 포함)', capacity: 3 });
	await ask(await clientOf(OPERATOR), 'GET', `admin/courses/${course.id}`);
	return course;
}

async function waiting() {
	return (await ask(await clientOf(OPERATOR), 'GET', 'admin/requests?state=submitted&limit=3')).data.map(({ id }) => id);
}

/* A decision, so that there is the page that says what became of it. */
async function batch() {
	const operator = await clientOf(OPERATOR);
	const ids = (await waiting()).slice(0, 1);
	const { batch_id: id } = await ask(operator, 'POST', 'admin/requests/bulk', { ids, action: 'approve' });

	await ask(operator, 'POST', `admin/requests/batches/${id}/undo`).catch(() => null);      /* too late where notices leave at once */
	return id;
}

const kindOf = (path) => path.replace(/[?#].*/, '').replace(/\/\d[\d-]*(?=\/|$)/g, '/N');
const MOST = 120;

async function follow(who, start, known) {
	const page = await newPage({ who });
	const found = [];
	const waiting = [start];

	while (waiting.length && found.length < MOST) {
		const path = waiting.shift();
		const answer = await page.request.get(path, { maxRedirects: 0 });

		if (!answer.ok() || !(answer.headers()['content-type'] ?? '').includes('text/html'))
			continue;
		if (path !== start)
			found.push({ path, who });
		for (const [, href] of (await answer.text()).matchAll(/<a\b[^>]*\bhref="(\/(?:admin|teach)\/[^"#]*)"/g)) {
			const next = href.replaceAll('&amp;', '&').replace(/\?.*/, '');

			if (next.startsWith('/admin/live/queue/') || known.has(kindOf(next)))
				continue;
			known.add(kindOf(next));
			waiting.push(next);
		}
	}
	return found;
}

let all = null;

/* [{path, who, ready}] */
export async function pages() {
	if (!all) {
		const known = new Set(['/admin/', '/teach/', '/admin/login']);

		all = [];
		for (const one of ALL)
			all.push({ ready: 'h1', ...one, path: typeof one.path === 'function' ? await one.path() : one.path });
		for (const [who, start] of [[ADMIN, '/admin/'], [TEACHER, '/teach/']])
			all.push(...(await follow(who, start, known)).map((one) => ({ ready: 'h1', ...one })));
	}
	return all;
}

/* Goes through all of them, with one page for each who. options are newPage's; look(page, path) does the looking. */
export async function eachPage(options, look) {
	const open = new Map();

	for (const { path, who, ready } of await pages()) {
		if (!open.has(who))
			open.set(who, await newPage({ ...options, who }));
		const page = open.get(who);

		await page.goto(path);
		await page.waitForSelector(ready, { state: 'attached' });
		await look(page, path);
	}
	return [...open.values()];
}
