/* test_courses.js -- what an operator does with courses all day, with JavaScript and without. */
import { randomUUID } from 'node:crypto';
import { anInstructor, axe, calm, clientOf, freeMorning, holds, newPage, same, test, trustingPage, until } from './kit.js';

const WHO = 'operator@madang.example';
const REFUSED = /status of 422/;
const DAY_MS = 24 * 3600 * 1000;

/* A datetime-local value in Seoul, so many days from now. */
const seoul = (days, clock) => new Date(Date.now() + days * DAY_MS + 9 * 3600 * 1000).toISOString().slice(0, 11) + clock;

async function fillCourse(page, title) {
	const room = '실습실 ' + randomUUID().slice(0, 6);

	await page.fill('[name="title"]', title);
	await page.selectOption('[name="category_id"]', { index: 1 });
	await page.selectOption('[name="instructor_id"]', String((await anInstructor(await clientOf(WHO))).id));
	await page.fill('[name="price"]', '128000');
	await page.fill('[name="capacity"]', '18');
	await page.fill('[name="hold_seconds"]', '300');
	await page.fill('[name="enrol_opens_at"]', seoul(-1, '10:00'));
	await page.fill('[name="enrol_closes_at"]', seoul(7, '18:00'));
	await page.fill('[name="description"]', '흙을 만지고 물레를 돌립니다.');
	const day = new Date(freeMorning()).toISOString().slice(0, 10);

	await page.fill('[name="sessions[0].starts_at"]', day + 'T10:00');
	await page.fill('[name="sessions[0].ends_at"]', day + 'T12:00');
	await page.fill('[name="sessions[0].room"]', room);
}

const save = (page) => page.click('form.form .form-foot [type="submit"]');

async function wrongThenRight(page, title) {
	await page.goto('/admin/courses');
	await page.click('a[href="/admin/courses/new"]');
	await page.waitForURL('**/admin/courses/new');
	await fillCourse(page, title);
	await page.fill('[name="title"]', '');
	await page.fill('[name="capacity"]', '0');
	await save(page);
	await page.waitForSelector('.error-summary');
	await until(() => page.evaluate(() => document.activeElement.matches('.error-summary')), 'the summary has the focus');
	holds((await page.title()).startsWith('오류: '), 'the title: ' + await page.title());
	same(await page.locator('.error-summary a').count(), 2, 'errors in the summary');
	same(await page.inputValue('[name="price"]'), '128000', 'the price that was typed');
	same(await page.inputValue('[name="capacity"]'), '0', 'the capacity that was typed');
	same(await page.inputValue('[name="description"]'), '흙을 만지고 물레를 돌립니다.', 'the description that was typed');
	holds((await page.inputValue('[name="sessions[0].room"]')).startsWith('실습실'), 'the room that was typed is gone');
	same(await page.getAttribute('[name="title"]', 'aria-invalid'), 'true', 'the title is marked');
	await page.click('.error-summary a[href="#' + await page.getAttribute('[name="title"]', 'id') + '"]');
	holds(await page.evaluate(() => document.activeElement.name === 'title'), 'the link leads to the field');
	await page.fill('[name="title"]', title);
	await page.fill('[name="capacity"]', '18');
	await save(page);
	await page.waitForURL((url) => /^\/admin\/courses\/\d+$/.test(url.pathname) && url.searchParams.has('done'));
	await page.waitForSelector('.result-band');
	same((await page.textContent('h1')).trim(), title, 'the heading of what was made');
}

async function setStatus(page, word, name) {
	const id = new URL(page.url()).pathname.split('/')[3];

	await page.click(`form[action="/admin/courses/${id}/status"] [value="${word}"]`);
	await page.waitForURL((url) => url.searchParams.has('done'));
	await until(async () => (await page.textContent('.page-head .badge')).includes(name), 'the badge says ' + name);
}

for (const js of [true, false]) {
	const how = js ? '' : ', without JavaScript';

	test('a course is made after a mistake, edited, opened, found, and closed' + how, async () => {
		const page = await newPage({ who: WHO, js });
		const title = '도자기 물레 ' + randomUUID().slice(0, 6);

		await wrongThenRight(page, title);
		const path = new URL(page.url()).pathname;

		await page.click(`a[href="${path}/edit"]`);
		await page.waitForURL('**' + path + '/edit');
		same(await page.inputValue('[name="title"]'), title, 'the title in the form');
		same(await page.inputValue('[name="enrol_opens_at"]'), seoul(-1, '10:00'), 'the opening in the form, in Seoul');
		await page.fill('[name="title"]', title + ' 심화');
		await save(page);
		await page.waitForURL((url) => url.pathname === path && url.searchParams.has('done'));
		same((await page.textContent('h1')).trim(), title + ' 심화', 'the heading after the edit');
		same((await page.textContent('.page-head .badge')).trim(), '작성 중', 'the state of a new course');

		await setStatus(page, 'open', '접수 중');
		await page.goto('/admin/courses?status=open');
		await page.waitForSelector(`.table a[href="${path}"]`);
		await page.click(`.table a[href="${path}"]`);
		await page.waitForURL('**' + path);
		await setStatus(page, 'closed', '마감');
		calm(page, REFUSED);
	});
}

for (const js of [true, false])
	test('two who edit one course do not undo each other: only what was typed is saved, after a look at both' + (js ? '' : ', without JavaScript'), async () => {
		const one = await newPage({ who: WHO, js });
		const title = '서예 ' + randomUUID().slice(0, 6);

		await wrongThenRight(one, title);
		const path = new URL(one.url()).pathname;
		const two = await newPage({ who: 'admin@madang.example', js });
		const row = (label) => two.locator('.table tbody tr', { hasText: label }).locator('td');

		await one.goto(path + '/edit');
		await two.goto(path + '/edit');
		await one.fill('[name="title"]', title + ' 하나');
		await one.fill('[name="price"]', '99000');
		await save(one);
		await one.waitForURL((url) => url.pathname === path);
		await two.fill('[name="title"]', title + ' 둘');
		await two.fill('[name="description"]', '첫 줄\n둘째 줄');
		await save(two);
		await two.waitForSelector('.error-summary');
		holds(/이 강좌는 \d\d:\d\d에 서지안 님이 바꿨습니다/.test(await two.textContent('.error-summary')), 'who it was: ' + await two.textContent('.error-summary'));
		same((await row('강좌 이름').allTextContents()).join('|'), [title, title + ' 하나', title + ' 둘'].join('|'), 'the three titles');
		same((await row('수강료').allTextContents()).join('|'), '128,000원|99,000원|바꾸지 않음', 'the three prices');
		same(await two.locator('.table tbody tr').count(), 2, 'rows: what nobody else changed is no difference');
		same(await two.inputValue('[name="title"]'), title + ' 둘', 'what the second typed');
		same(await two.inputValue('[name="price"]'), '99000', 'the price of the first stands in the form');
		await save(two);
		await two.waitForURL((url) => url.pathname === path && url.searchParams.has('done'));
		same((await two.textContent('h1')).trim(), title + ' 둘', 'the title');
		await two.goto(path + '/edit');
		same(await two.inputValue('[name="price"]'), '99000', 'the price of the first was kept');
		same((await two.inputValue('[name="description"]')).trim(), '첫 줄\n둘째 줄', 'the description of the second');
	});

test('the way back leads to pages that a form was answered with, and what was typed is there, until one logs out', async () => {
	const page = await trustingPage(WHO);
	const words = '길게 쓴 설명 ' + randomUUID().slice(0, 6);

	await page.goto('/admin/courses/new');
	await page.fill('[name="description"]', words);
	await save(page);
	await page.waitForSelector('.error-summary');
	await page.evaluate(() => { location.href = '/admin/terms'; });
	await page.waitForURL('**/admin/terms');
	await page.goBack();
	same(await page.inputValue('[name="description"]'), words, 'what was typed');
	holds(await page.isVisible('.error-summary'), 'what was wrong with it');
	await page.goForward();
	await page.click('form[action="/admin/logout"] button');
	await page.waitForURL('**/admin/login');
	await page.evaluate(() => history.go(-2)).catch(() => {});
	await until(async () => !page.url().includes('/admin/login'), 'the way back');
	holds(!(await page.content()).includes(words), 'after the logout it is still there');
});

test('rows that are added to the timetable are where the eye is, and the hand', async () => {
	const page = await newPage({ who: WHO });

	await page.goto('/admin/courses/new');
	await fillCourse(page, '가야금 ' + randomUUID().slice(0, 6));
	await page.fill('[name="_weeks"]', '3');
	await page.click('[name="_repeat"]');
	await page.waitForSelector('[name="sessions[3].starts_at"]:not([value=""])');
	await until(() => page.evaluate(() => document.activeElement.name === 'sessions[1].starts_at'), 'the first new row has the focus');
	holds(await page.evaluate(() => {
		const { top, bottom } = document.activeElement.getBoundingClientRect();

		return top >= 0 && bottom <= innerHeight;
	}), 'the new row is in view');
	calm(page, REFUSED);
});

test('a form that is clicked twice is sent once', async () => {
	const page = await newPage({ who: WHO });
	let sent = 0;

	await page.goto('/admin/courses/new');
	await page.route('**/admin/courses/new', async (route) => {
		if (route.request().method() === 'POST')
			sent++;
		await route.continue();
	});
	await page.evaluate(() => {
		const button = document.querySelector('form.form .form-foot [type="submit"]');

		button.click();
		button.click();
	});
	await page.waitForSelector('.error-summary');
	same(sent, 1, 'requests');
});

test('the filters of the list are in the address, and can be taken back', async () => {
	const page = await newPage({ who: WHO });

	await page.goto('/admin/courses');
	await page.selectOption('.filters [name="status"]', 'cancelled');
	await page.click('.filters:has([name="status"]) [type="submit"]');
	await page.waitForURL((url) => url.searchParams.get('status') === 'cancelled');
	same(await page.inputValue('.filters [name="status"]'), 'cancelled', 'the filter after the load');
	await page.goBack();
	same(new URL(page.url()).searchParams.get('status') ?? '', '', 'the address after going back');
	same(await axe(page), '', 'axe');
	calm(page);
});

test('the first key on a page leads to the content', async () => {
	const page = await newPage({ who: WHO });

	await page.goto('/admin/courses');
	await page.keyboard.press('Tab');
	holds(await page.evaluate(() => document.activeElement.matches('.skip-link')), 'the first stop is not the skip link');
	await page.keyboard.press('Enter');
	await until(() => page.evaluate(() => location.hash === '#main'), 'the jump to the content');
});
