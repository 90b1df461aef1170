/* test_login.js -- the door of the console. */
import { PASSWORD, calm, clientOf, holds, newPage, same, signIn, signUp, test } from './kit.js';

const REFUSED = /status of 4\d\d/;       /* Chromium tells of every answer that is not good */

for (const js of [true, false]) {
	const how = js ? '' : ', without JavaScript';

	test('a wrong password is refused in words, and the address is kept' + how, async () => {
		const page = await newPage({ js });

		await page.goto('/admin/login');
		await page.fill('input[name="email"]', 'operator@madang.example');
		await page.fill('input[name="password"]', 'not-the-password');
		await page.click('form[action^="/admin/login"] [type="submit"]');
		await page.waitForSelector('.error-summary');
		same(new URL(page.url()).pathname, '/admin/login', 'the address');
		same(await page.inputValue('input[name="email"]'), 'operator@madang.example', 'the e-mail');
		same(await page.inputValue('input[name="password"]'), '', 'the password');
		holds(await page.evaluate(() => document.activeElement.matches('.error-summary')), 'the summary has no focus');
		holds((await page.title()).startsWith('오류: '), 'the title does not begin with the word for errors: ' + await page.title());
		calm(page, REFUSED);
	});

	test('the right password opens the console, and leads to where one wanted to go' + how, async () => {
		const page = await newPage({ js });

		await page.goto('/admin/courses?status=open');
		same(new URL(page.url()).pathname, '/admin/login', 'where a stranger lands');
		await page.fill('input[name="email"]', 'operator@madang.example');
		await page.fill('input[name="password"]', PASSWORD);
		await page.click('form[action^="/admin/login"] [type="submit"]');
		await page.waitForURL('**/admin/courses?status=open');
		calm(page);
	});
}

test('a logout ends the session', async () => {
	const page = await newPage();

	await signIn(page, 'finance@madang.example');
	await page.goto('/admin/courses');
	await page.click('form[action="/admin/logout"] [type="submit"]');
	await page.waitForURL('**/admin/login*');
	await page.goto('/admin/courses');
	same(new URL(page.url()).pathname, '/admin/login', 'where one lands after the logout');
	calm(page);
});

test('a login cannot be led to a foreign site', async () => {
	for (const next of ['//example.com/', 'https://example.com/', '/\\example.com/']) {
		const page = await newPage();

		await page.goto('/admin/login?next=' + encodeURIComponent(next));
		await page.fill('input[name="email"]', 'operator@madang.example');
		await page.fill('input[name="password"]', PASSWORD);
		await page.click('form[action^="/admin/login"] [type="submit"]');
		await page.waitForURL((url) => url.pathname !== '/admin/login');
		holds(page.url().startsWith(new URL(page.url()).origin + '/admin'), 'landed on ' + page.url());
	}
});

test('the link of the mail opens a page whose button makes the account usable, without JavaScript', async () => {
	const { email, password, token } = await signUp('나하늘');
	const page = await newPage({ js: false });

	await page.goto('/verify?token=' + encodeURIComponent(token));
	await page.click('form[action="/verify"] [type="submit"]');
	await page.waitForSelector('.result-band');
	await clientOf(email, password);
	calm(page);
	await page.goto('/verify?token=' + encodeURIComponent(token));
	await page.click('form[action="/verify"] [type="submit"]');
	await page.waitForSelector('.error-summary, .result-band');
});
