/* test_queue.js -- the live queue of one course, with people who really join. */
import { createServer, connect } from 'node:net';
import { ask, base, calm, clientOf, holds, newCourse, newMember, newPage, same, signIn, test, until } from './kit.js';

const WHO = 'operator@madang.example';
const join = (member, course) => ask(member, 'POST', `courses/${course.id}/queue`, {});
const shown = (page, name) => page.textContent('#n-' + name);
let staff;

async function watch(options, capacity = 2) {
	staff ??= await clientOf(WHO);
	const course = await newCourse(staff, { capacity });
	const page = await newPage({ who: WHO, ...options });

	await page.goto('/admin/live/queue.html?course=' + course.id);
	await page.waitForSelector('#live[data-state="open"]', { timeout: 30000 });
	await page.waitForSelector('#board:not([hidden])');
	return { course, page };
}

test('who joins is seen on the live page within seconds', async () => {
	const { course, page } = await watch();

	same(await shown(page, 'seats_left'), '2', 'seats at first');
	await join(await newMember('한가람'), course);
	await until(async () => await shown(page, 'held') === '1', 'one is admitted', 5000);
	same(await shown(page, 'seats_left'), '1', 'seats left');
	await page.waitForSelector('#holds tbody tr:has-text("한가람")', { timeout: 5000 });
	await page.waitForSelector('#feed li:has-text("한가람")', { timeout: 5000 });
	const left = await page.textContent('#holds tbody tr:has-text("한가람") td:last-child');

	holds(/^[45]:\d\d$/.test(left), 'the time left is ' + left);
	await until(async () => await page.textContent('#holds tbody td:last-child') !== left, 'the time runs down');
	await join(await newMember('두나래'), course);
	await join(await newMember('세아름'), course);
	await until(async () => await shown(page, 'waiting') === '1', 'the third waits', 5000);
	await page.waitForSelector('#heads tbody tr:has-text("세아름")', { timeout: 5000 });
	same(await shown(page, 'seats_left'), '0', 'seats in the end');
	calm(page);
});

test('the view can be paused by a key, with the Hangul keyboard on as well', async () => {
	const { course, page } = await watch();
	const press = (key, more = {}) => page.evaluate((init) => document.body.dispatchEvent(new KeyboardEvent('keydown', init)),
		{ key, code: 'KeyP', bubbles: true, cancelable: true, ...more });
	const paused = () => page.getAttribute('#pause', 'aria-pressed');

	await press('ㅔ', { isComposing: true });
	same(await paused(), 'false', 'paused while a syllable is composed');
	await press('ㅔ');
	same(await paused(), 'true', 'paused');
	await page.waitForSelector('#band:not([hidden])');
	await join(await newMember('한가람'), course);
	await until(async () => (await ask(staff, 'GET', `admin/courses/${course.id}/queue`)).held === 1, 'the queue goes on');
	same(await shown(page, 'held'), '0', 'what the paused view shows');
	await page.keyboard.press('p');
	await until(async () => await shown(page, 'held') === '1', 'the view catches up');
	holds(await page.isHidden('#band'), 'the band stays');
	calm(page);
});

test('new rows of the feed wait while the pointer is in it', async () => {
	const { course, page } = await watch({}, 5);

	await join(await newMember('한가람'), course);
	await page.waitForSelector('#feed li:has-text("한가람")');
	const first = await page.textContent('#feed li:first-child');

	await page.hover('#feed-title');
	await join(await newMember('두나래'), course);
	await page.waitForSelector('#feed-more:not([hidden])');
	same(await page.textContent('#feed li:first-child'), first, 'the first row under the hand');
	holds(/^새 항목 \d+건 보기$/.test(await page.textContent('#feed-more')), 'the words of the button');
	await page.click('#feed-more');
	await page.waitForSelector('#feed li:has-text("두나래")');
	holds(await page.evaluate(() => document.activeElement.id === 'feed-scroll'), 'the focus is lost');
	calm(page);
});

/* A cable that can be pulled: carries bytes from a port of its own to the system's. */
async function cable() {
	const ends = new Set();
	const to = new URL(base);
	const state = { cut: false };
	const server = createServer((near) => {
		const far = connect(Number(to.port) || 443, to.hostname);

		for (const end of [near, far]) {
			ends.add(end);
			end.on('error', () => {});
			end.on('close', () => { ends.delete(end); near.destroy(); far.destroy(); });
		}
		if (state.cut)
			near.destroy();
		near.pipe(far).pipe(near);
	});

	await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
	return {
		at: `https://127.0.0.1:${server.address().port}`,
		pull() { state.cut = true; ends.forEach((end) => end.destroy()); },
		mend() { state.cut = false; },
		end() { this.pull(); server.close(); },
	};
}

test('a cut connection is said, with the time of the values, and heals by itself', async () => {
	const line = await cable();

	try {
		const { course, page } = await watch({ at: line.at });

		line.pull();
		await page.waitForSelector('#band:not([hidden])');
		holds(/^연결이 끊겼습니다\. \d\d:\d\d:\d\d 값입니다\./.test(await page.textContent('#band')), await page.textContent('#band'));
		await join(await newMember('한가람'), course);
		line.mend();
		await until(async () => await shown(page, 'held') === '1', 'what was missed is shown', 40000);
		await page.waitForSelector('#live[data-state="open"]', { timeout: 40000 });
		await page.waitForSelector('#band', { state: 'hidden' });
		calm(page, /net::ERR_/);
	} finally {
		line.end();
	}
});

test('numbers move at most four times a second', async () => {
	const { course, page } = await watch({}, 20);
	const members = await Promise.all(Array.from({ length: 8 }, (_, i) => newMember('수강생' + i)));

	await page.evaluate(() => {
		globalThis.moves = [];
		new MutationObserver(() => globalThis.moves.push(performance.now())).observe(document.getElementById('n-held'), { childList: true, characterData: true, subtree: true });
	});
	for (const member of members)
		await join(member, course);
	await until(async () => await shown(page, 'held') === '8', 'all are shown');
	const moves = await page.evaluate(() => globalThis.moves);

	holds(moves.every((at, i) => i === 0 || at - moves[i - 1] > 200), 'moved at ' + moves.map(Math.round).join(', '));
	calm(page);
});

test('a stranger is led to the login, and back to the live page', async () => {
	staff ??= await clientOf(WHO);
	const course = await newCourse(staff);
	const page = await newPage();
	const path = '/admin/live/queue.html?course=' + course.id;

	await page.goto(path);
	await page.waitForURL('**/admin/login?next=*');
	await signIn(page, WHO);
	await page.waitForURL('**' + path);
	await page.waitForSelector('#board:not([hidden])');
});

test('an unknown course and a missing one are said in words', async () => {
	const page = await newPage({ who: WHO, lang: 'en' });

	await page.goto('/admin/live/queue.html?course=999999999');
	await until(async () => (await page.textContent('#band')).includes('not found'), 'the words');
	await page.goto('/admin/live/queue.html');
	await until(async () => (await page.textContent('#band')).includes('names no course'), 'the words');
	calm(page, /status of 404/);
});
