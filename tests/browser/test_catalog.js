/* test_catalog.js -- a term is prepared: clashes, several courses at once, instructors, copies, decisions, with JavaScript and without. */
import { randomUUID } from 'node:crypto';
import { ask, axe, calm, clientOf, holds, newInstructor, newPage, newPerson, same, test, until } from './kit.js';

const WHO = 'operator@madang.example';
const REFUSED = /status of 4(09|22)/;
const DAY_MS = 24 * 3600 * 1000;

const mark = () => randomUUID().slice(0, 6);
const dayOf = (ms) => new Date(ms + 9 * 3600 * 1000).toISOString().slice(0, 10);
const save = (page) => page.click('form.form .form-foot [type="submit"]');
const coursePage = (url) => /^\/admin\/courses\/\d+$/.test(url.pathname) && url.searchParams.has('done');

/* A course in a room of its own, of an instructor of its own; a draft unless said. */
async function prepared(staff, { more = {}, status = null, title = '목공 ' + mark() } = {}) {
	const instructor = await newInstructor(staff);
	const [category] = (await ask(staff, 'GET', 'categories')).data;
	const start = Math.floor(Date.now() / DAY_MS + 40) * DAY_MS + 3600 * 1000;         /* ten in the morning in Seoul */
	const course = await ask(staff, 'POST', 'admin/courses', {
		title, capacity: 8, category_id: category.id, instructor_id: instructor.id, price: 50000,
		enrol_opens_at: new Date(Date.now() - DAY_MS).toISOString(), enrol_closes_at: new Date(Date.now() + 7 * DAY_MS).toISOString(),
		sessions: [{ starts_at: new Date(start).toISOString(), ends_at: new Date(start + 2 * 3600 * 1000).toISOString(), room: '목공실 ' + mark() }], ...more,
	});

	if (status)
		await ask(staff, 'POST', `admin/courses/${course.id}/status`, { status });
	return { ...course, instructor, start, room: course.sessions[0].room };
}

/* A term that begins on the course's day of the week, some weeks later. */
async function newTerm(staff, course) {
	const from = course.start + 140 * DAY_MS;

	return ask(staff, 'POST', 'admin/terms', { name: '다음 학기 ' + mark(), starts_on: dayOf(from), ends_on: dayOf(from + 90 * DAY_MS), per_member_limit: 0 });
}

/* Tab until the element has the focus. */
async function tabTo(page, selector) {
	for (let n = 0; n < 200; n++) {
		if (await page.evaluate((s) => document.activeElement?.matches(s), selector))
			return;
		await page.keyboard.press('Tab');
	}
	throw new Error('no key leads to ' + selector);
}

for (const js of [true, false]) {
	const how = js ? '' : ', without JavaScript';

	test('a room that is taken is said at its row, and all that was typed stays' + how, async () => {
		const staff = await clientOf(WHO);
		const other = await prepared(staff);
		const free = await newInstructor(staff);
		const page = await newPage({ who: WHO, js });
		const typed = {
			title: '겹치는 강좌 ' + mark(), price: '32000', capacity: '7', description: '나무를 깎습니다.',
			enrol_opens_at: dayOf(Date.now()) + 'T10:00', enrol_closes_at: dayOf(Date.now() + 9 * DAY_MS) + 'T18:00',
			'sessions[0].starts_at': dayOf(other.start - 7 * DAY_MS) + 'T10:00', 'sessions[0].ends_at': dayOf(other.start - 7 * DAY_MS) + 'T12:00',
			'sessions[0].room': other.room,
			'sessions[1].starts_at': dayOf(other.start) + 'T11:00', 'sessions[1].ends_at': dayOf(other.start) + 'T13:00', 'sessions[1].room': other.room,
		};

		await page.goto('/admin/courses/new');
		await page.selectOption('[name="category_id"]', { index: 1 });
		await page.selectOption('[name="instructor_id"]', String(free.id));
		for (const [name, value] of Object.entries(typed))
			await page.fill(`[name="${name}"]`, value);
		await save(page);
		await page.waitForSelector('#f-sessions-1-room-error');
		same(await page.locator('#f-sessions-0-room-error').count(), 0, 'messages at the row that is free');
		holds(await page.locator(`.alert-band a[href="/admin/courses/${other.id}"]`).count() > 0, 'no link to the course in the way');
		for (const [name, value] of Object.entries(typed))
			same(await page.inputValue(`[name="${name}"]`), value, name);
		same(await page.inputValue('[name="instructor_id"]'), String(free.id), 'the instructor that was chosen');
		if (js)
			same(await axe(page), '', 'axe');
		await page.fill('[name="sessions[1].room"]', other.room + ' 옆');
		await save(page);
		await page.waitForURL(coursePage);
		calm(page, REFUSED);
	});

	test('several courses are opened at once: checked first, then done' + how + (js ? ', by keyboard alone' : ''), async () => {
		const staff = await clientOf(WHO);
		const q = '한꺼번 ' + mark();
		const one = await prepared(staff, { title: q + ' 하나' });
		const two = await prepared(staff, { title: q + ' 둘' });
		const over = await prepared(staff, { title: q + ' 셋', status: 'cancelled' });
		const page = await newPage({ who: WHO, js });
		const press = async (selector, key) => {
			if (js) {
				await tabTo(page, selector);
				await page.keyboard.press(key);
			} else {
				await page.click(selector);
			}
		};

		await page.goto('/admin/courses?q=' + encodeURIComponent(q));
		for (const { id } of [over, two, one].sort((a, b) => b.id - a.id))
			await press(`[name="ids"][value="${id}"]`, 'Space');
		if (js)
			await page.focus('body');
		await (js ? page.evaluate(() => document.activeElement.blur()) : null);
		await press('button[name="action"][value="open"]', 'Enter');
		await page.waitForURL((url) => url.pathname === '/admin/courses/bulk');
		same((await page.textContent('#sum')).trim(), '선택 3건 중 2건에 적용할 수 있습니다', 'the check');
		same((await ask(staff, 'GET', `admin/courses/${one.id}`)).status, 'draft', 'what the check did');
		await press('form[method="post"][action="/admin/courses/bulk"] [type="submit"]', 'Enter');
		await page.waitForURL((url) => url.pathname === '/admin/courses/bulk/done');
		holds((await page.textContent('.result-band')).includes('2건을 처리했습니다'), 'the result');
		for (const { id } of [one, two]) {
			same((await ask(staff, 'GET', `admin/courses/${id}`)).status, 'open', 'the status of ' + id);
			holds(await page.locator(`a[href="/admin/courses/${id}"]`).count() > 0, 'no link to ' + id);
		}
		same((await ask(staff, 'GET', `admin/courses/${over.id}`)).status, 'cancelled', 'the one that is over');
		calm(page);
	});

	test('a member becomes an instructor' + how, async () => {
		const person = await newPerson('강사될 ' + mark());
		const { id } = await ask(person.client, 'GET', 'me');
		const page = await newPage({ who: WHO, js });
		const name = '새 강사 ' + mark();

		await page.goto('/admin/instructors/new');
		await page.fill('#f-q', person.email);
		await page.click('form[method="get"][action="/admin/instructors/new"] [type="submit"]');
		await page.check(`#f-member-${id}`);
		await page.fill('[name="name"]', name);
		await save(page);
		await page.waitForURL((url) => /^\/admin\/instructors\/\d+$/.test(url.pathname));
		same((await page.textContent('h1')).trim(), name, 'the heading');
		const made = (await ask(await clientOf(WHO), 'GET', 'admin/instructors?q=' + encodeURIComponent(name))).data;

		same(made.length, 1, 'instructors of that name');
		calm(page);
	});

	test('a course is copied into the next term, alone and with others, on its day of the week' + how, async () => {
		const staff = await clientOf(WHO);
		const course = await prepared(staff);
		const term = await newTerm(staff, course);
		const page = await newPage({ who: WHO, js });
		const first = dayOf(course.start + 140 * DAY_MS);

		await page.goto(`/admin/courses/bulk?action=copy&ids=${course.id}`);
		await page.selectOption('[name="term_id"]', String(term.id));
		await page.click('form[method="get"][action="/admin/courses/bulk"] [type="submit"]');
		await page.waitForURL((url) => url.searchParams.get('term_id') === String(term.id));
		holds((await page.textContent('.table')).includes(first), 'the check does not say ' + first);
		await page.click('form[method="post"][action="/admin/courses/bulk"] [type="submit"]');
		await page.waitForURL((url) => url.pathname === '/admin/courses/bulk/done');
		const copy = await ask(staff, 'GET', 'admin/courses/' + new URL(page.url()).searchParams.get('done'));

		same(copy.starts_on, first, 'the first day of the copy');
		same(copy.term.id, term.id, 'the term of the copy');
		await page.goto(`/admin/courses/${course.id}/copy`);
		await page.fill('[name="first_day"]', first);
		await page.selectOption('[name="term_id"]', String(term.id));
		await save(page);
		await page.waitForSelector('#clashes');
		same(await page.inputValue('[name="first_day"]'), first, 'the day that was typed');
		await page.fill('[name="first_day"]', dayOf(course.start + 147 * DAY_MS));
		await save(page);
		await page.waitForURL(coursePage);
		calm(page, REFUSED);
	});

	test('a course with too few members is run all the same, and asked about once' + how, async () => {
		const staff = await clientOf(WHO);
		const course = await prepared(staff, { more: { min_enrolled: 5 }, status: 'open' });
		const page = await newPage({ who: WHO, js });

		await page.goto(`/admin/courses/${course.id}`);
		same(await page.locator('#decide').count(), 1, 'questions');
		holds((await page.textContent('section[aria-labelledby="decide"] dd')).trim().startsWith('0명 / 최소 5명'), 'the numbers');
		holds(await page.locator(`a[href="/admin/courses/${course.id}/cancel"]`).count() > 0, 'no way to cancel');
		await page.click(`form[action="/admin/courses/${course.id}/decision"] [type="submit"]`);
		await page.waitForURL(coursePage);
		await until(async () => (await page.locator('#decide').count()) === 0, 'the question is gone');
		same((await ask(staff, 'GET', `admin/courses/${course.id}`)).decision, 'run', 'the decision');
		calm(page);
	});

	test('categories are added, moved and deleted' + how, async () => {
		const page = await newPage({ who: WHO, js });
		const [a, b] = ['가죽 ' + mark(), '금속 ' + mark()];
		const order = async () => (await page.locator('tbody th a').allTextContents()).filter((name) => name === a || name === b).join();

		await page.goto('/admin/categories');
		for (const name of [a, b]) {
			await page.fill('[name="name"]', name);
			await page.click('form[action="/admin/categories"] [type="submit"]');
			await page.waitForSelector(`tbody th a:text-is("${name}")`);
		}
		same(await order(), `${a},${b}`, 'the order at first');
		await page.click(`tr:has(a:text-is("${b}")) button[value="up"]`);
		await until(async () => (await order()) === `${b},${a}`, 'the other way round');
		for (const name of [a, b]) {
			await page.click(`tr:has(a:text-is("${name}")) form[action$="/delete"] button`);
			await until(async () => !(await order()).includes(name), name + ' is gone');
		}
		calm(page);
	});
}
