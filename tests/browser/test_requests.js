/* test_requests.js -- an operator decides what instructors asked for (F1): by keyboard, without JavaScript, and beside a colleague. */
import { ask, axe, calm, clientOf, holds, newPage, same, test, until } from './kit.js';
import { OPERATOR, fileRequest, fileRequests, newTeacher, requestNow, stageNothing, taughtCourse } from './requests.js';

const ADMIN = 'admin@madang.example';
const REFUSED = /status of 4(09|22)/;

const listOf = (teacher, more = '') => `/admin/requests?instructor_id=${teacher.instructor.id}${more}`;
const shown = (page) => page.textContent('#request-title');
const batchPage = (url) => /^\/admin\/requests\/batches\/\d+$/.test(url.pathname);
const decidePage = (url) => url.pathname === '/admin/requests/decide';

/* Presses keys and counts them. */
function fingers(page) {
	const keys = { pressed: 0 };

	keys.press = async (key) => {
		keys.pressed++;
		await page.keyboard.press(key);
	};
	/* A key that decides: the page that comes shows the next request, or that there is none. */
	keys.decide = async (key) => {
		const before = page.url();

		await keys.press(key);
		await page.waitForURL((url) => url.href !== before);
		await page.waitForSelector('#request-title, #all-decided');
	};
	return keys;
}

test('twenty requests are decided with at most sixty keys, and nothing but keys', async () => {
	const teacher = await newTeacher();
	const made = await fileRequests(teacher, 20);

	await stageNothing(teacher.staff);
	const page = await newPage({ who: OPERATOR });
	const keys = fingers(page);

	await page.goto(listOf(teacher));
	holds((await shown(page)).startsWith(`R-${made[0].id} `), 'the oldest is not open');
	for (let n = 0; n < 17; n++)
		await keys.decide('a');
	for (let n = 0; n < 2; n++) {
		await keys.press('r');
		same(await page.evaluate(() => document.activeElement.name), 'reason', 'where r leads');
		for (const key of ['Shift+Tab', 'ArrowDown', 'ArrowDown'])
			await keys.press(key);
		await keys.decide('Enter');
	}
	await keys.decide('s');
	await page.waitForSelector('#all-decided');
	same((await requestNow(teacher, made[0].id)).state, 'submitted', 'a decision that was only staged');
	await keys.press('d');
	await page.waitForURL(decidePage);
	same(await page.locator('input[name="approve"]').count(), 17, 'approvals on the page to check');
	same(await page.locator('input[name="reject"]').count(), 2, 'rejections on the page to check');
	same(await page.locator('[aria-labelledby="check-skipped"] li').count(), 1, 'requests held back');
	same(await axe(page), '', 'axe on the page to check');
	same(await page.evaluate(() => document.activeElement.tagName), 'H1', 'the focus on the page to check');
	await keys.press('y');
	await page.waitForURL(batchPage);
	same(await axe(page), '', 'axe on the result');
	console.log(`        ${keys.pressed} keys of 60`);
	holds(keys.pressed <= 60, `${keys.pressed} keys`);
	same((await requestNow(teacher, made[0].id)).state, 'approved', 'the first');
	same((await requestNow(teacher, made[17].id)).state, 'rejected', 'the eighteenth');
	same((await requestNow(teacher, made[19].id)).state, 'submitted', 'the one held back');
	holds((await requestNow(teacher, made[17].id)).reason.startsWith('그사이'), 'the reason of the template is not kept');
	calm(page);
});

test('a decision is taken back with u, and the requests are walked through with j and k', async () => {
	const teacher = await newTeacher();
	const made = await fileRequests(teacher, 3);
	const page = await newPage({ who: OPERATOR });
	const keys = fingers(page);

	await page.goto(listOf(teacher));
	await keys.decide('j');
	holds((await shown(page)).startsWith(`R-${made[1].id} `), 'j does not lead to the next');
	await keys.decide('k');
	holds((await shown(page)).startsWith(`R-${made[0].id} `), 'k does not lead back');
	await keys.decide('a');
	holds((await shown(page)).startsWith(`R-${made[1].id} `), 'a does not lead to the next');
	await until(async () => (await requestNow(teacher, made[0].id)).staged === 'approve', 'the decision is kept on the server');
	await keys.decide('u');
	holds((await shown(page)).startsWith(`R-${made[0].id} `), 'u does not lead back');
	same((await requestNow(teacher, made[0].id)).staged, 'none', 'what is staged after u');
	calm(page);
});

test('with room for both, list and request scroll by themselves: the open row, the request and the button that sends all stay in view', async () => {
	const teacher = await newTeacher();

	await fileRequests(teacher, 14);
	const page = await newPage({ who: OPERATOR, width: 1280, height: 700 });
	const keys = fingers(page);
	const inView = (selector) => page.locator(selector).first().evaluate((one) => {
		const { top, bottom, left, right } = one.getBoundingClientRect();
		const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);

		return top >= 0 && bottom <= innerHeight && (one === there || one.contains(there) || there?.contains(one));
	});

	await page.goto(listOf(teacher));
	for (let n = 0; n < 10; n++)
		await keys.decide(n % 2 ? 'j' : 'a');
	for (const selector of ['tr.current th a', '#request-title', '.decide-bar [value="approve"]', '.diff tbody tr', '.page-head a[data-key="d"]'])
		holds(await inView(selector), selector + ' is out of view');
	calm(page);
});

test('requests that have ended have nothing to be picked, nor buttons that would do nothing', async () => {
	const teacher = await newTeacher();
	const [one, two] = await fileRequests(teacher, 2);
	const page = await newPage({ who: OPERATOR });

	await ask(teacher.client, 'POST', `teach/requests/${one.id}/withdraw`, {});
	await ask(teacher.staff, 'POST', `admin/requests/${two.id}/approve`, {});
	for (const [state, rows, boxes] of [['withdrawn', 1, 0], ['approved', 1, 2], ['any', 2, 0], ['rejected', 0, 0]]) {
		await page.goto(listOf(teacher, '&state=' + state));
		same(await page.locator('.pick tr[data-id]').count(), rows, 'rows: ' + state);
		same(await page.locator('.picking [type="checkbox"]:visible').count(), boxes, 'boxes: ' + state);
		same(await page.locator('.picking button:visible').count() > 0, boxes > 0, 'buttons: ' + state);
	}
});

test('the Hangul keyboard decides as well', async () => {
	const teacher = await newTeacher();
	const [one] = await fileRequests(teacher, 2);
	const page = await newPage({ who: OPERATOR });

	await page.goto(listOf(teacher));
	await page.evaluate(() => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'ㅁ', code: 'KeyA', bubbles: true, cancelable: true })));
	await until(async () => (await requestNow(teacher, one.id)).staged === 'approve', 'ㅁ stages an approval');
});

test('typing a reason never decides: not in the field, not on the choices above it, not on the button below', async () => {
	const teacher = await newTeacher();
	const [one] = await fileRequests(teacher, 2);
	const page = await newPage({ who: OPERATOR });
	const letters = () => page.evaluate(() => ['a', 's', 'j'].forEach((letter) => {
		for (const key of [letter, { a: 'ㅁ', s: 'ㄴ', j: 'ㅓ' }[letter], 'Process'])
			document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, code: 'Key' + letter.toUpperCase(), bubbles: true, cancelable: true }));
	}));

	await page.goto(listOf(teacher));
	const there = page.url();

	await page.keyboard.press('r');
	same(await page.evaluate(() => document.activeElement.tagName), 'TEXTAREA', 'where r leads');
	await page.keyboard.type('as it is');
	await letters();
	same(await page.inputValue('#f-reason'), 'as it is', 'what was typed');
	await page.focus('#why-written');
	await page.keyboard.press('a');
	await letters();
	await page.focus('#reject [type="submit"]');
	await page.keyboard.press('s');
	await letters();
	await page.waitForLoadState('networkidle');
	same(page.url().replace(/#.*/, ''), there, 'the page');
	same((await requestNow(teacher, one.id)).staged, 'none', 'what is staged');
	calm(page);
});

test('requests are decided, applied at once, and taken back, without JavaScript', async () => {
	const teacher = await newTeacher();
	const [one, two, three] = await fileRequests(teacher, 3);

	await stageNothing(teacher.staff);
	const page = await newPage({ who: OPERATOR, js: false });

	await page.goto(listOf(teacher));
	await page.click('[name="decision"][value="approve"]');
	await page.waitForSelector('.result-band');
	await page.click('[name="decision"][value="approve"]');
	await page.check('#why-price');
	await page.fill('#reject textarea', '십만 원까지입니다.');
	await page.click('#reject [type="submit"]');
	await page.waitForSelector('#all-decided');
	await page.click('#all-decided ~ .actions a');
	same(await page.locator('input[name="approve"]').count(), 2, 'approvals on the page to check');
	await page.click('[name="apply"][value="yes"]');
	await page.waitForURL(batchPage);
	same((await requestNow(teacher, one.id)).state, 'completed', 'the first');
	same((await requestNow(teacher, two.id)).state, 'completed', 'the second');
	same((await requestNow(teacher, three.id)).reason, '수강료 기준에 맞지 않습니다\n십만 원까지입니다.', 'the reason of the third');
	same((await ask(teacher.staff, 'GET', `admin/courses/${one.course.id}`)).title, '가을 수채화 심화 0', 'the course');
	await page.click('form[action$="/undo"] [type="submit"]');
	await page.waitForURL((url) => url.searchParams.get('done') === 'undone');
	for (const each of [one, two, three])
		same((await requestNow(teacher, each.id)).state, 'submitted', 'after the undo');
	same((await ask(teacher.staff, 'GET', `admin/courses/${one.course.id}`)).title, '가을 수채화 기초 1반', 'the course after the undo');
	calm(page);
});

for (const js of [true, false])
	test('a rejection without a reason is asked for it, where the list was' + (js ? '' : ', without JavaScript'), async () => {
		const teacher = await newTeacher();
		const [one, two] = await fileRequests(teacher, 2);
		const page = await newPage({ who: OPERATOR, js });

		await page.goto(listOf(teacher, `&id=${two.id}`));
		await page.check('#why-written');
		await page.click('#reject [type="submit"]');
		await page.waitForSelector('.error-summary');
		holds((await shown(page)).startsWith(`R-${two.id} `), 'another request is open');
		same(await page.locator('.pick tr[data-id]').count(), 2, 'rows of the list behind it');
		same(await page.getAttribute('#reject textarea', 'aria-invalid'), 'true', 'the reason is marked');
		await page.fill('#reject textarea', '가'.repeat(5000));
		await page.evaluate(() => document.querySelector('#reject textarea').removeAttribute('maxlength')).catch(() => {});
		await page.fill('#reject textarea', '가'.repeat(401));
		await page.click('#reject [type="submit"]');
		await page.waitForSelector('.error-summary');
		if (js)
			same((await page.inputValue('#reject textarea')).length, 401, 'what was typed');
		await page.fill('#reject textarea', '정원을 늘릴 자리가 없습니다.');
		await page.click('#reject [type="submit"]');
		await page.waitForURL((url) => url.searchParams.get('done') === String(two.id));
		holds((await shown(page)).startsWith(`R-${one.id} `), 'the one that is left is not open');
		calm(page, REFUSED);
	});

test('two operators who decide the same request: the second is told', async () => {
	const teacher = await newTeacher();
	const [one] = await fileRequests(teacher, 1);
	const page = await newPage({ who: OPERATOR });
	const late = await newPage({ who: ADMIN });

	await page.goto(listOf(teacher));
	await late.goto(listOf(teacher));
	await ask(await clientOf(OPERATOR), 'POST', `admin/requests/${one.id}/approve`, {});
	await late.click('[name="decision"][value="approve"]');
	await late.waitForSelector('.error-summary');
	holds((await late.textContent('.error-summary')).includes('승인'), 'what it became: ' + await late.textContent('.error-summary'));
	await page.goto(`/admin/requests/decide?ids=${one.id}&action=approve`);
	same(await page.locator('tr.refused').count(), 1, 'rows that cannot be decided');
	same(await page.locator('.form-foot [type="submit"]').count(), 0, 'buttons that would do nothing');
	calm(late, REFUSED);
});

test('a request whose course has moved on is marked, and cannot be approved', async () => {
	const teacher = await newTeacher();
	const course = await taughtCourse(teacher, { title: '겨울 서예' });
	const { id } = await fileRequest(teacher, course, { title: '겨울 서예 심화', price: 70000 });
	const page = await newPage({ who: OPERATOR });
	const now = await teacher.staff.fetch(`/api/v1/admin/courses/${course.id}`);

	await teacher.staff.fetch(`/api/v1/admin/courses/${course.id}`, {
		method: 'PATCH', data: { title: '한겨울 서예' }, headers: { 'If-Match': now.headers().etag, 'Content-Type': 'application/merge-patch+json' },
	});
	await page.goto(listOf(teacher));
	same(await page.locator('.pick .badge-bad').count(), 1, 'rows with a conflict');
	same(await page.locator('.diff tr.conflict').count(), 1, 'fields with a conflict');
	same(await page.locator('[name="decision"][value="approve"]').count(), 0, 'ways to approve it');
	same(await axe(page), '', 'axe');
	await page.goto(`/admin/requests/${id}`);
	same(await page.locator('.diff tr.conflict').count(), 1, 'fields with a conflict on its own page');
	same(await axe(page), '', 'axe on its own page');
	calm(page);
});

test('requests are picked in the list and decided together; those approved are applied later', async () => {
	const teacher = await newTeacher();
	const made = await fileRequests(teacher, 3);
	const page = await newPage({ who: OPERATOR });

	await page.goto(listOf(teacher));
	for (const box of await page.locator('.pick [name="ids"]').all())
		await box.check();
	await page.click('.picking [value="approve"]');
	await page.waitForURL(decidePage);
	await page.click('[name="apply"][value="no"]');
	await page.waitForURL(batchPage);
	await page.goto(listOf(teacher, '&state=approved'));
	same(await page.locator('.pick tr[data-id]').count(), 3, 'requests to be applied');
	for (const box of await page.locator('.pick [name="ids"]').all())
		await box.check();
	await page.click('.picking [value="complete"]');
	await page.waitForURL(decidePage);
	await page.click('.form-foot [type="submit"]');
	await page.waitForURL(batchPage);
	for (const { id } of made)
		same((await requestNow(teacher, id)).state, 'completed', 'R-' + id);
	await page.click('form[action$="/tell"] [type="submit"]');
	await page.waitForURL((url) => url.searchParams.get('done') === 'told');
	same(await page.locator('form[action$="/undo"]').count(), 0, 'ways to undo what was told');
	calm(page);
});

test('a list that grows old says so, and moves nothing', async () => {
	const teacher = await newTeacher();

	await fileRequests(teacher, 1);
	const page = await newPage({ who: OPERATOR });

	await page.goto(listOf(teacher));
	await page.waitForSelector('k-live[data-state="open"]', { state: 'attached' });
	const top = (await page.locator('.pick tr[data-id]').first().boundingBox()).y;

	await fileRequests(teacher, 1);
	await page.waitForSelector('#news:not([hidden])');
	same(await page.locator('.pick tr[data-id]').count(), 1, 'rows before the refresh');
	same((await page.locator('.pick tr[data-id]').first().boundingBox()).y, top, 'where the first row stands');
	same(await axe(page), '', 'axe');
	await page.click('#news a');
	await until(async () => await page.locator('.pick tr[data-id]').count() === 2, 'the new row is there');
	calm(page);
});
