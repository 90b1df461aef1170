/* test_teach.js -- an instructor asks for a change (F4): by keyboard, without JavaScript, and after mistakes. */
import { randomUUID } from 'node:crypto';
import { ask, axe, calm, holds, newMember, newPage, overflow, same, signIn, test, until } from './kit.js';
import { fileRequest, newTeacher, requestNow, taughtCourse } from './requests.js';

const REFUSED = /status of 4(09|22)/;
const requestPage = (url) => /^\/teach\/requests\/\d+$/.test(url.pathname);
const checkPage = (url) => /^\/teach\/requests\/\d+\/check$/.test(url.pathname);
const idOf = (page) => new URL(page.url()).pathname.split('/')[3];

const pageOf = (teacher, options = {}) => newPage({ who: teacher.email, password: teacher.password, ...options });
const send = (page) => page.click('form.form [name="next"][value="check"]');

/* Tabs to what the selector names: everything can be reached, in a finite number of steps. */
async function tabTo(page, selector) {
	for (let n = 0; n < 200; n++) {
		await page.keyboard.press('Tab');
		if (await page.evaluate((s) => document.activeElement.matches(s), selector))
			return;
	}
	throw new Error('Tab does not lead to ' + selector);
}

test('who only teaches lands at the courses they teach', async () => {
	const teacher = await newTeacher();
	const page = await newPage();

	await page.goto('/admin/');
	await signIn(page, teacher.email, teacher.password);
	same(new URL(page.url()).pathname, '/teach/', 'where one lands');
	await page.goto('/');
	same(new URL(page.url()).pathname, '/teach/', 'the front door');
	same(await axe(page), '', 'axe');
	calm(page);
});

test('an instructor asks for a change with the keyboard alone', async () => {
	const teacher = await newTeacher();
	const course = await taughtCourse(teacher, { title: '오후의 서예' });
	const page = await pageOf(teacher);

	await page.goto('/teach/');
	await tabTo(page, `.task-list a[href="/teach/courses/${course.id}"]`);
	await page.keyboard.press('Enter');
	await page.waitForURL(`**/teach/courses/${course.id}`);
	await tabTo(page, 'a[href$="/request"]');
	await page.keyboard.press('Enter');
	await page.waitForURL('**/request');
	await tabTo(page, 'a[href$="/request/edit"]');
	await page.keyboard.press('Enter');
	await page.waitForURL('**/request/edit');
	await tabTo(page, '[name="title"]');
	await page.keyboard.press('End');
	await page.keyboard.type(' 심화');
	await tabTo(page, '[name="next"][value="check"]');
	await page.keyboard.press('Enter');
	await page.waitForURL(checkPage);
	same(await page.locator('.answers > div').count(), 2, 'what would change, and the note');
	same(await axe(page), '', 'axe on the page to check');
	await tabTo(page, 'main form [type="submit"]');
	await page.keyboard.press('Enter');
	await page.waitForURL(requestPage);
	same((await page.textContent('.done-id')).trim(), 'R-' + idOf(page), 'the number that is shown');
	same(await axe(page), '', 'axe on the confirmation');
	const now = await requestNow(teacher, idOf(page));

	same(now.state, 'submitted', 'the state');
	same(now.diff.map((d) => d.field).join(), 'title', 'the fields that would change');
	calm(page);
});

test('a draft is kept, gone on with, sent and withdrawn, without JavaScript', async () => {
	const teacher = await newTeacher();
	const course = await taughtCourse(teacher, { title: '저녁의 서예' });
	const page = await pageOf(teacher, { js: false });

	await page.goto(`/teach/courses/${course.id}/request/edit`);
	await page.fill('[name="capacity"]', '16');
	await page.fill('[name="note"]', '큰 교실로 옮겼습니다.');
	await page.click('[name="next"][value="draft"]');
	await page.waitForURL((url) => url.searchParams.get('done') === 'saved');
	const id = new URL(page.url()).searchParams.get('request');

	await page.goto('/teach/');
	await page.click(`.task-list a[href="/teach/requests/${id}"]`);
	await page.waitForURL(`**/teach/requests/${id}`);
	await page.click('a[href*="/request/edit?request="]');
	await page.waitForURL('**/request/edit?request=' + id);
	same(await page.inputValue('[name="capacity"]'), '16', 'the capacity of the draft');
	same(await page.inputValue('[name="note"]'), '큰 교실로 옮겼습니다.', 'the note of the draft');
	await page.fill('[name="capacity"]', '18');
	await send(page);
	await page.waitForURL(`**/teach/requests/${id}/check`);
	await page.click('.change-link a[href*="#f-capacity"]');
	await page.waitForURL((url) => url.hash === '#f-capacity');
	await send(page);
	await page.waitForURL(checkPage);
	await page.click('main form [type="submit"]');
	await page.waitForURL(requestPage);
	same((await requestNow(teacher, id)).diff[0].proposed, 18, 'what was asked for');
	await page.click('form[action$="/withdraw"] [type="submit"]');
	await page.waitForURL((url) => url.searchParams.get('done') === 'withdrawn');
	same((await requestNow(teacher, id)).state, 'withdrawn', 'the state');
	same(await page.locator('form[action$="/withdraw"]').count(), 0, 'ways to withdraw it again');
	calm(page);
});

/* What is typed, and the field at which its message stands. */
const seoul = (days) => new Date(Date.now() + days * 24 * 3600 * 1000 + 9 * 3600 * 1000).toISOString().slice(0, 16);
const mistakes = [
	['an empty name', { title: '' }, 'title'],
	['5,000 characters', { title: '가'.repeat(5000) }, 'title'],
	['room for nobody', { capacity: '0' }, 'capacity'],
	['an enrolment that ends before it begins', { enrol_opens_at: seoul(20), enrol_closes_at: seoul(10) }, 'enrol_closes_at'],
	['a session that ends before it begins', { 'sessions[1].starts_at': seoul(40), 'sessions[1].ends_at': seoul(39), 'sessions[1].room': '화실' }, 'sessions[1].ends_at'],
];

for (const [what, typed, where] of mistakes)
	test(`${what}: the form comes back with what was typed, and says so there`, async () => {
		const teacher = await newTeacher();
		const course = await taughtCourse(teacher, { title: '새벽의 서예' });
		const page = await pageOf(teacher);

		await page.goto(`/teach/courses/${course.id}/request/edit`);
		await page.fill('[name="note"]', '급합니다.');
		for (const [name, value] of Object.entries(typed)) {
			await page.evaluate((n) => document.querySelector(`[name="${n}"]`).removeAttribute('maxlength'), name);
			await page.fill(`[name="${name}"]`, value);
		}
		await send(page);
		await page.waitForSelector('.error-summary');
		holds((await page.title()).startsWith('오류: '), 'the title: ' + await page.title());
		holds(await page.evaluate(() => document.activeElement.matches('.error-summary')), 'the summary has no focus');
		same(await page.getAttribute(`[name="${where}"]`, 'aria-invalid'), 'true', 'the field is marked');
		for (const [name, value] of Object.entries(typed))
			same(await page.inputValue(`[name="${name}"]`), value, name + ' that was typed');
		same(await page.inputValue('[name="note"]'), '급합니다.', 'the note that was typed');
		same(await axe(page), '', 'axe');
		calm(page, REFUSED);
	});

test('a capacity below the seats that are taken is refused at the capacity', async () => {
	const teacher = await newTeacher();
	const course = await taughtCourse(teacher);
	const page = await pageOf(teacher);

	for (let n = 0; n < 2; n++) {
		const member = await newMember('나하늘');
		const ticket = await ask(member, 'POST', `courses/${course.id}/queue`);

		await until(async () => (await ask(member, 'GET', `tickets/${ticket.id}`)).state === 'active', 'the member holds a seat');
	}
	await page.goto(`/teach/courses/${course.id}/request/edit`);
	await page.fill('[name="capacity"]', '1');
	await send(page);
	await page.waitForSelector('.error-summary');
	same(await page.getAttribute('[name="capacity"]', 'aria-invalid'), 'true', 'the capacity is marked');
	same(await page.inputValue('[name="capacity"]'), '1', 'the capacity that was typed');
	calm(page, REFUSED);
});

test('a room that somebody else has is refused at the room', async () => {
	const teacher = await newTeacher();
	const other = await newTeacher('문도담');
	const theirs = await ask(other.staff, 'GET', `admin/courses/${(await taughtCourse(other)).id}`);
	const course = await taughtCourse(teacher);
	const page = await pageOf(teacher);
	const [session] = theirs.sessions;
	const local = (moment) => new Date(Date.parse(moment) + 9 * 3600 * 1000).toISOString().slice(0, 16);

	await page.goto(`/teach/courses/${course.id}/request/edit`);
	await page.fill('[name="sessions[1].starts_at"]', local(session.starts_at));
	await page.fill('[name="sessions[1].ends_at"]', local(session.ends_at));
	await page.fill('[name="sessions[1].room"]', session.room);
	await send(page);
	await page.waitForSelector('.error-summary');
	same(await page.getAttribute('[name="sessions[1].room"]', 'aria-invalid'), 'true', 'the room is marked');
	same(await page.inputValue('[name="sessions[1].room"]'), session.room, 'the room that was typed');
	calm(page, REFUSED);
});

test('a form that changes nothing says so', async () => {
	const teacher = await newTeacher();
	const course = await taughtCourse(teacher);
	const page = await pageOf(teacher);

	await page.goto(`/teach/courses/${course.id}/request/edit`);
	await send(page);
	await page.waitForSelector('.error-summary');
	calm(page, REFUSED);
});

test('the other two kinds of request are sent as well', async () => {
	const teacher = await newTeacher();
	const course = await taughtCourse(teacher);
	const page = await pageOf(teacher);

	await page.goto(`/teach/courses/${course.id}/request/status`);
	await send(page);
	await page.waitForSelector('.error-summary');
	await page.click('.error-summary a');
	await page.check('#status-closed');
	await send(page);
	await page.waitForURL(checkPage);
	await page.click('main form [type="submit"]');
	await page.waitForURL(requestPage);
	same((await requestNow(teacher, idOf(page))).kind, 'status', 'the kind');
	await page.goto(`/teach/courses/${course.id}/request/delete`);
	await send(page);
	await page.waitForSelector('.error-summary');
	await page.fill('[name="note"]', '다리를 다쳤습니다.');
	await send(page);
	await page.waitForURL(checkPage);
	await page.click('main form [type="submit"]');
	await page.waitForURL(requestPage);
	same((await requestNow(teacher, idOf(page))).kind, 'delete', 'the kind');
	calm(page, REFUSED);
});

test('a rejected request says why, and is asked for again', async () => {
	const teacher = await newTeacher();
	const course = await taughtCourse(teacher);
	const { id } = await fileRequest(teacher, course, { capacity: 30 });
	const page = await pageOf(teacher);

	await page.goto(`/teach/requests/${id}`);
	await page.waitForSelector('k-live[data-state="open"]', { state: 'attached' });
	await ask(teacher.staff, 'POST', `admin/requests/${id}/reject`, { reason: '자리가 스무 개뿐입니다.' });
	await page.waitForSelector('#news:not([hidden])');
	await page.click('#news a');
	await until(async () => (await page.textContent('main')).includes('자리가 스무 개뿐입니다.'), 'the reason is there');
	same(await axe(page), '', 'axe');
	await page.click('a[href*="/request/edit?request="]');
	await page.waitForURL('**/request/edit?*');
	same(await page.inputValue('[name="capacity"]'), '30', 'what was asked for');
	await page.fill('[name="capacity"]', '20');
	await send(page);
	await page.waitForURL(checkPage);
	holds(idOf(page) !== String(id), 'the request that was rejected is sent again');
	await page.click('main form [type="submit"]');
	await page.waitForURL(requestPage);
	same((await requestNow(teacher, id)).state, 'rejected', 'the first request');
	calm(page);
});

test('an instructor sees nothing of another one', async () => {
	const teacher = await newTeacher();
	const other = await newTeacher('문도담');
	const course = await taughtCourse(other);
	const { id } = await fileRequest(other, course, { title: '비밀 ' + randomUUID().slice(0, 6) });
	const page = await pageOf(teacher);

	for (const path of [`/teach/courses/${course.id}`, `/teach/courses/${course.id}/request/edit`, `/teach/requests/${id}`])
		same((await page.goto(path)).status(), 404, path);
	for (const path of ['/admin/requests', `/admin/requests/${id}`])
		same((await page.goto(path)).status(), 403, path);
	same(await overflow(page), 0, 'too wide');
});
