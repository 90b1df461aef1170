/* test_queue.js -- the live queue of one course, with people who really join. */
import { createServer, connect } from 'node:net';
import { ask, base, calm, clientOf, holds, inDays, newCourse, newMember, newPage, same, signIn, test, until } from './kit.js';

const WHO = 'operator@madang.example';
const join = (member, course) => ask(member, 'POST', `courses/${course.id}/queue`, {});
const shown = (page, name) => page.textContent('#n-' + name);
let staff;

async function watch(options, capacity = 2) {
	staff ??= await clientOf(WHO);
	const course = await newCourse(staff, { capacity });
	const page = await newPage({ who: WHO, ...options });

	await page.goto('/admin/live/queue/' + course.id);
	await page.waitForSelector('#live[data-state="open"]', { timeout: 30000 });
	await page.waitForSelector('#board:not([hidden])');
	return { course, page };
}

test('who joins is seen on the live page within seconds', async () => {
	const { course, page } = await watch();

	same(await shown(page, 'seats_left'), '2', 'seats at first');
	await join(await newMember('한가람'), course);
	await until(async () => await shown(page, 'held') === '1', 'one is admitted');
	same(await shown(page, 'seats_left'), '1', 'seats left');
	await page.waitForSelector('#holds tbody tr:has-text("한가람")');
	await page.waitForSelector('#feed li:has-text("한가람")');
	const left = await page.textContent('#holds tbody tr:has-text("한가람") td:last-child');

	holds(/^[45]:\d\d$/.test(left), 'the time left is ' + left);
	await until(async () => await page.textContent('#holds tbody td:last-child') !== left, 'the time runs down');
	await join(await newMember('두나래'), course);
	await join(await newMember('세아름'), course);
	await until(async () => await shown(page, 'waiting') === '1', 'the third waits');
	await page.waitForSelector('#heads tbody tr:has-text("세아름")');
	same(await shown(page, 'seats_left'), '0', 'seats in the end');
	calm(page);
});

test('who logs out on the live page leaves it quietly, and the other tab follows', async () => {
	const page = await newPage(), other = await page.context().newPage();
	const course = await newCourse(staff ??= await clientOf(WHO), { capacity: 2 });

	await signIn(page, WHO);
	for (const tab of [page, other]) {
		await tab.goto('/admin/live/queue/' + course.id);
		await tab.waitForSelector('#live[data-state="open"]', { timeout: 30000 });
	}
	await page.click('form[action="/admin/logout"] [type="submit"]');
	await page.waitForURL('**/admin/login');
	await other.waitForURL('**/admin/login?next=*');
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

test('a hundred join while the page is open: the numbers follow, no row moves under the hand, a key pauses, a cut is said and healed', async () => {
	const line = await cable();

	try {
		const members = [];

		for (let i = 0; i < 100; i += 10)
			members.push(...await Promise.all(Array.from({ length: 10 }, (_, n) => newMember('수강생' + (i + n)))));
		const { course, page } = await watch({ at: line.at }, 20);

		for (const member of members.slice(0, 5))
			await join(member, course);
		await until(async () => await shown(page, 'held') === '5', 'the first five');
		await page.waitForSelector('#feed li >> nth=4');
		await page.waitForSelector('#holds tbody tr:nth-child(5)');
		await page.hover('#holds tbody tr:nth-child(2)');
		const rows = () => page.evaluate(() => JSON.stringify([...document.querySelectorAll('#holds tbody tr')].slice(0, 5).map((row) => [row.dataset.key, Math.round(row.getBoundingClientRect().top)])));
		const before = await rows();

		for (let i = 5; i < 100; i += 10)
			await Promise.all(members.slice(i, i + 10).map((member) => join(member, course)));
		await until(async () => await shown(page, 'waiting') === '80' && await shown(page, 'held') === '20', 'everybody is counted');
		same(await rows(), before, 'the rows under the pointer');
		await page.hover('#feed-title');
		await page.keyboard.press('p');
		same(await page.getAttribute('#pause', 'aria-pressed'), 'true', 'paused');
		await ask(members[0], 'POST', `tickets/${(await ask(members[0], 'GET', 'me/tickets')).data[0].id}/checkout`, { method: 'card' });
		await page.keyboard.press('p');
		await until(async () => await shown(page, 'paying') === '1' || await shown(page, 'held') === '20', 'what happened meanwhile');
		line.pull();
		await page.waitForSelector('#band:not([hidden])');
		holds(/^연결이 끊겼습니다\. \d\d:\d\d:\d\d 값입니다\./.test(await page.textContent('#band')), await page.textContent('#band'));
		line.mend();
		await page.waitForSelector('#live[data-state="open"]', { timeout: 40000 });
		await page.waitForSelector('#band', { state: 'hidden' });
		await page.mouse.move(1, 1);
		await ask(members[1], 'DELETE', `tickets/${(await ask(members[1], 'GET', 'me/tickets')).data[0].id}`);
		await page.waitForSelector('#feed li:has-text("나감")');
		await page.waitForSelector('#feed li:has-text("입장")');
		await page.waitForFunction(() => document.querySelectorAll('#chart polyline').length === 3);
		calm(page, /net::ERR_/);
	} finally {
		line.end();
	}
});

test('enrolment is paused and resumed, and seats are added, each with what it means said before', async () => {
	const { course, page } = await watch({}, 1);
	const [one, two] = [await newMember('한가람'), await newMember('두나래')];

	await join(one, course);
	await join(two, course);
	await until(async () => await shown(page, 'waiting') === '1', 'the second waits');
	await until(async () => (await page.textContent('#seats-mean')).includes('앞에서부터 1명이'), 'what a seat more means');
	await page.click('#do-seats button');
	await page.waitForSelector('#result:has-text("정원을 2명으로")');
	await until(async () => await shown(page, 'held') === '2', 'the second has the seat');
	await page.click('#do-status button');
	await page.waitForSelector('#result:has-text("멈췄습니다")');
	await until(async () => (await ask(staff, 'GET', `admin/courses/${course.id}`)).status === 'closed', 'it is closed');
	await until(async () => await page.textContent('#do-status button') === '접수 재개', 'the button turns');
	await page.click('#do-status button');
	await page.waitForSelector('#result:has-text("재개했습니다")');
	calm(page);
});

test('of a course that is over nothing is offered to be done: not when the page is opened, and not when it ends meanwhile', async () => {
	const { course, page } = await watch();

	holds(await page.isVisible('#desk-link') && await page.isVisible('#do-seats'), 'of one that is on there is');
	await ask(staff, 'POST', `admin/courses/${course.id}/status`, { status: 'finished' });
	await until(async () => await page.isHidden('#act'), 'what could be done is gone', 8000);
	await page.reload();
	await page.waitForSelector('#live[data-state="open"]', { timeout: 30000 });
	holds(await page.isHidden('#act') && await page.isHidden('#desk-link'), 'the desk is offered for a course that is over');
	calm(page);
});

test('the wall shows what is open, with numbers that move, and leads to the queue', async () => {
	staff ??= await clientOf(WHO);
	const course = await newCourse(staff, { title: '벽에서 보는 강좌', capacity: 3, opens: inDays(-1 / 86400) });
	const page = await newPage({ who: WHO });

	await page.goto('/admin/live');
	const card = `.opening[data-id="${course.id}"]`;

	await page.locator(card).scrollIntoViewIfNeeded();
	await page.waitForSelector(card + ' k-live[data-state="open"]', { timeout: 30000, state: 'attached' });
	await join(await newMember('한가람'), course);
	await until(async () => await page.textContent(`[data-live="course.${course.id}.held"]`) === '1', 'the number on the wall');
	await page.click(card + ' h2 a');
	await page.waitForSelector('#board:not([hidden])');
	calm(page);
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
	const path = '/admin/live/queue/' + course.id;

	await page.goto(path);
	await page.waitForURL('**/admin/login?next=*');
	await signIn(page, WHO);
	await page.waitForURL('**' + path);
	await page.waitForSelector('#board:not([hidden])');
});

test('an unknown course is said in words, within the frame', async () => {
	const page = await newPage({ who: WHO, lang: 'en' });

	for (const id of ['999999999', '0']) {
		same((await page.goto('/admin/live/queue/' + id)).status(), 404, 'the answer to ' + id);
		holds((await page.textContent('main')).includes('no such course'), await page.textContent('main'));
		same(await page.locator('.rail a[aria-current]').count(), 1, 'where one is in the rail');
	}
	calm(page, /status of 404/);
});

test('the live page stands in the frame of all others, and shows the numbers of the moment without JavaScript', async () => {
	const { course, page } = await watch();

	same(await page.locator('.rail a[aria-current]').getAttribute('href'), '/admin/live', 'where one is in the rail');
	await page.keyboard.press('Control+k');
	await page.waitForSelector('.palette[open]');
	await page.keyboard.press('Escape');
	await page.waitForSelector('.palette[open]', { state: 'detached' });
	await page.keyboard.press('?');
	await page.waitForSelector('dialog.help[open]');
	holds((await page.textContent('dialog.help')).includes('화면 멈춤'), 'the help does not list p');
	const plain = await newPage({ who: WHO, js: false });

	await join(await newMember('한가람'), course);
	await until(async () => {
		await plain.goto('/admin/live/queue/' + course.id);
		return await shown(plain, 'held') === '1';
	}, 'the number');
	same(await shown(plain, 'seats_left'), '1', 'seats left');
	calm(page);
	calm(plain);
});

test('the chart counts people in whole numbers, in letters that can be read on a telephone', async () => {
	const { course, page } = await watch({ width: 360, height: 640 }, 5);

	for (const name of ['한가람', '두나래', '세아름', '네아름', '오가온'])
		await join(await newMember(name), course);
	await until(async () => await shown(page, 'held') === '5', 'all are shown');
	await page.waitForSelector('#chart text');
	await until(async () => (await page.locator('#chart text').allTextContents()).includes('6'), 'the axis goes up to six');
	const texts = await page.locator('#chart text').evaluateAll((all) => all.map((one) => ({ words: one.textContent, high: one.getBoundingClientRect().height })));

	same(texts.filter(({ words }) => /\./.test(words)).map(({ words }) => words).join(), '', 'numbers that are not whole');
	holds(texts.every(({ high }) => high >= 12), 'letters of ' + texts.map(({ high }) => high));
	calm(page);
});

test('a card of the wall says in words what its dot means, and that it has begun as soon as its countdown is over', async () => {
	staff ??= await clientOf(WHO);
	const course = await newCourse(staff, { title: '곧 열리는 강좌', opens: new Date(Date.now() + 6000).toISOString() });
	const page = await newPage({ who: WHO });
	const card = `.opening[data-id="${course.id}"]`;

	await page.goto('/admin/live');
	same(await page.textContent(card + ' .badge'), '접수 예정', 'the badge before');
	/* Not by reading the wall again: that would take its time. */
	await page.route('**/admin/live', (route) => route.abort());
	await page.locator(card).scrollIntoViewIfNeeded();
	await until(async () => await page.textContent(card + ' k-live .sr-only') === '실시간', 'the words of the dot');
	same(await page.getAttribute(card + ' k-live', 'title'), '실시간', 'its title');
	await until(async () => await page.textContent(card + ' .badge') === '접수 중', 'the badge after', 9000);
	await page.evaluate((at) => document.querySelector(at + ' k-live').remove(), card);
	await page.evaluate(() => scrollTo(0, 0));
	await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
	same(page.trouble.filter((text) => text.startsWith('thrown')).join(), '', 'what was thrown');
});
