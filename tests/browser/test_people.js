/* test_people.js -- finding a member by telephone (flow F6), by the keyboard and without JavaScript; saved views; preferences. */
import { randomUUID } from 'node:crypto';
import { axe, calm, holds, newPage, same, test } from './kit.js';

const WHO = 'operator@madang.example';
const LEARNER = '/admin/members/6';
const NUMBER = '010-2001-0006';

/* Goes on with Tab until the focus is on what matches; every stop must be visible. */
async function tabTo(page, selector, most = 120) {
	for (let i = 0; i < most; i++) {
		await page.keyboard.press('Tab');
		if (await page.evaluate((s) => document.activeElement.matches(s), selector))
			return;
	}
	throw new Error('no Tab leads to ' + selector);
}

test('a member is found by telephone and their number shown, by the keyboard alone', async () => {
	const page = await newPage({ who: WHO });

	await page.goto('/admin/courses');
	await page.keyboard.press('/');
	holds(await page.evaluate(() => document.activeElement.matches('#top-q')), 'the slash does not lead to the search');
	await page.keyboard.type('+82 10 2001 0006');
	await page.keyboard.press('Enter');
	await page.waitForURL('**/admin/search?q=*');
	same(await axe(page), '', 'axe on the hits');
	await tabTo(page, `.hit a[href="${LEARNER}"]`);
	await page.keyboard.press('Enter');
	await page.waitForURL('**' + LEARNER);
	holds(!(await page.content()).includes(NUMBER), 'the number stands there before anybody asked');
	await tabTo(page, '[name="purpose"]');
	await page.keyboard.type('본인 확인 전화');
	await page.keyboard.press('Enter');
	await page.waitForSelector('.alert-band[role="status"]');
	holds((await page.textContent('.kv')).includes(NUMBER), 'the number is not shown');
	same(await axe(page), '', 'axe on the member');
	calm(page);
});

for (const [what, typed] of [['the whole number', '01020010006'], ['its last four digits', '0006'], ['the name', '김보람'], ['the address', 'learner@madang.example']])
	test(`a member is found by ${what}, without JavaScript`, async () => {
		const page = await newPage({ who: WHO, js: false });

		await page.goto('/admin/');
		await page.fill('#top-q', typed);
		await page.click('form.search [type="submit"]');
		await page.waitForURL('**/admin/search?q=*');
		await page.click(`.hit a[href="${LEARNER}"]`);
		await page.waitForURL('**' + LEARNER);
		same((await page.textContent('h1')).trim(), '김보람', 'the heading');
	});

test('a number is shown for a purpose only, without JavaScript', async () => {
	const page = await newPage({ who: WHO, js: false });

	await page.goto(LEARNER);
	await page.click(`form[action="${LEARNER}/phone"] [type="submit"]`);
	await page.waitForSelector('.error-summary');
	holds(!(await page.content()).includes(NUMBER), 'shown without a purpose');
	await page.fill('[name="purpose"]', '환불 상담');
	await page.click(`form[action="${LEARNER}/phone"] [type="submit"]`);
	await page.waitForSelector('.alert-band[role="status"]');
	holds((await page.textContent('.kv')).includes(NUMBER), 'the number is not shown');
});

test('an administrator gives and takes a role, with a reason only, without JavaScript', async () => {
	const page = await newPage({ who: 'admin@madang.example', js: false });
	const form = `form[action="${LEARNER}/roles"]`;

	await page.goto(LEARNER);
	for (const ticked of [true, false]) {
		await page.setChecked('#f-role-creator', ticked);
		await page.click(`${form} [type="submit"]`);
		await page.waitForSelector('.error-summary');
		same(await page.isChecked('#f-role-creator'), ticked, 'what was ticked, shown again');
		await page.fill('[name="roles_reason"]', '문제집을 올림');
		await page.click(`${form} [type="submit"]`);
		await page.waitForSelector('.result-band[role="status"]');
		same(await page.isChecked('#f-role-creator'), ticked, 'what the member has now');
		same((await page.textContent('.kv')).includes('창작자'), ticked, 'the role in words');
	}
	const operator = await newPage({ who: WHO });

	await operator.goto(LEARNER);
	same(await operator.locator(form).count(), 0, 'a form for roles that operators see');
	const boss = await newPage({ who: 'admin@madang.example' });

	await boss.goto(LEARNER);
	same(await axe(boss), '', 'axe on the member, as an administrator sees them');
	calm(boss);
});

test('the search of the frame suggests while one types, by the keyboard, with a Hangul keyboard as well', async () => {
	const page = await newPage({ who: WHO });

	await page.goto('/admin/');
	await page.waitForFunction(() => customElements.get('k-palette'));
	await page.keyboard.press('/');
	await page.keyboard.type('M-6');
	await page.waitForSelector('#top-list [role="option"]:has-text("김보람")');
	same(await page.getAttribute('#top-q', 'aria-expanded'), 'true', 'the list is open');
	same(await axe(page), '', 'axe');
	await page.keyboard.press('Escape');
	same(await page.isVisible('#top-list'), false, 'the list after Esc');
	same(await page.evaluate(() => document.activeElement.id), 'top-q', 'the focus after Esc');
	await page.fill('#top-q', '');
	const cdp = await page.context().newCDPSession(page);

	for (const text of ['ㅎ', '회', '회우'])
		await cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
	same(await page.locator('#top-list [role="option"]').count(), 0, 'what is suggested for half a syllable');
	await cdp.send('Input.insertText', { text: '회원' });
	await page.waitForSelector('#top-list [role="option"]:has-text("회원")');
	holds(await page.locator('#top-list [role="option"]').count() <= 10, 'more than ten');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	await page.waitForURL('**/admin/members');
	calm(page);
});

test('the page of what was found has one search field, with what was asked', async () => {
	const page = await newPage({ who: WHO, js: false });

	await page.goto('/admin/search?q=zzzz');
	same(await page.locator('main input[name="q"]').count(), 0, 'other fields');
	same(await page.inputValue('#top-q'), 'zzzz', 'what was asked');
});

test('what is named exactly opens at once', async () => {
	const page = await newPage({ who: WHO, js: false });

	await page.goto('/admin/');
	await page.fill('#top-q', 'https://madang.example' + LEARNER + '?done=x');
	await page.click('form.search [type="submit"]');
	await page.waitForURL('**' + LEARNER);
});

for (const js of [true, false])
	test('a view is saved, found again, and deleted' + (js ? '' : ', without JavaScript'), async () => {
		const page = await newPage({ who: WHO, js });
		const name = '정지 ' + randomUUID().slice(0, 6);

		await page.goto('/admin/members?status=suspended&role=any');
		await page.click('.views summary');
		await page.fill('#view-name', name);
		await page.click('form[action^="/admin/views"] [type="submit"]');
		await page.waitForSelector('#view-saved:visible');
		await page.waitForSelector(`.views a:has-text("${name}")`);
		same(new URL(page.url()).search, '?status=suspended&role=any', 'where one is afterwards');
		await page.goto('/admin/');
		await page.click(`a:has-text("${name}")`);
		await page.waitForURL('**/admin/members?status=suspended&role=any');
		if (js)
			same(await axe(page), '', 'axe');
		await page.click('.views summary');
		await page.click(`form[action^="/admin/views/delete"] button:has-text("${name}")`);
		await page.waitForSelector(`.views a:has-text("${name}")`, { state: 'detached' });
		await page.waitForSelector('#view-deleted:visible');
		same(await page.locator('#view-saved:visible').count(), 0, 'bands of what was done before');
		await page.click('.views summary');
		await page.click('form[action$="#view-saved"] [type="submit"]');
		await page.waitForSelector('.error-summary');
		calm(page, /status of 422/);
	});

test('theme, language and density change without JavaScript, and one stays where one was', async () => {
	const page = await newPage({ who: WHO, js: false });

	await page.goto('/admin/members?status=active');
	await page.click('button[name="theme"][value="dark"]');
	await page.waitForSelector('html[data-theme="dark"]');
	await page.click('button[name="lang"][value="en"]');
	await page.waitForSelector('html[lang="en"]');
	await page.click('button[name="density"][value="compact"]');
	await page.waitForSelector('html[data-density="compact"]');
	const url = new URL(page.url());

	same(url.pathname + url.search, '/admin/members?status=active&', 'where one is');
});

test('the log shows what was changed, and leads from a line to others like it', async () => {
	const page = await newPage({ who: WHO });

	await page.goto(LEARNER);
	await page.click(`a[href="/admin/audit?object_type=member&object_id=6"]`);
	await page.waitForURL('**/admin/audit?*');
	await page.waitForSelector('.table a[href="/admin/audit?action=member.look"]');
	same(await axe(page), '', 'axe');
	await page.click('.table a[href="/admin/audit?action=member.look"] >> nth=0');
	await page.waitForURL('**/admin/audit?action=member.look');
	calm(page);
});
