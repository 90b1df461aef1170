/* test_held.js -- a form that is sent when its session is over: nothing that was typed is lost, with JavaScript and without. */
import { randomUUID } from 'node:crypto';
import { PASSWORD, ask, calm, clientOf, endSession, holds, newCourse, newPage, same, signIn, test, trustingPage, until } from './kit.js';

const WHO = 'operator@madang.example';
const REFUSED = /status of 4(01|03|22)/;

const save = (page) => page.click('form.form .form-foot [type="submit"]');
const send = (page) => page.click('main form [type="submit"]');

/* On the page of the login that a form was answered with: its address is the form's own. */
async function logIn(page, email, password) {
	await page.fill('input[name="email"]', email);
	await page.fill('input[name="password"]', password);
	await page.click('form[action="/admin/login"] [type="submit"]');
}

for (const js of [true, false]) {
	const how = js ? '' : ', without JavaScript';

	test('an edit that is saved after the session ended waits for the login, and for the button' + how, async () => {
		const page = await newPage({ js });
		const staff = await clientOf(WHO);
		const { id } = await newCourse(staff, { capacity: 3 });
		const course = () => ask(staff, 'GET', `admin/courses/${id}`);
		const before = (await course()).title;
		const title = '"고친" 강좌 </script> ' + randomUUID().slice(0, 6);
		const words = '첫 줄\n\n  "둘째" 줄 & <b>셋째</b>';

		await signIn(page, WHO);
		await page.goto(`/admin/courses/${id}/edit`);
		await page.fill('[name="title"]', title);
		await page.fill('[name="description"]', words);
		const room = await page.inputValue('[name="sessions[0].room"]');

		await endSession(page);
		await save(page);
		await page.waitForSelector('form[action="/admin/login"]');
		holds((await page.textContent('.alert-band')).includes('입력한 내용은 그대로 있습니다'), 'what the login says');
		await logIn(page, WHO, 'not-the-password');
		await page.waitForSelector('.error-summary');
		await logIn(page, WHO, PASSWORD);
		await page.waitForSelector('h1:text("아직 보내지 않은 내용이 있습니다")');
		for (const typed of [title, words.split('\n')[0], room])
			holds((await page.textContent('main dl')).includes(typed), 'it is shown: ' + typed);
		same((await course()).title, before, 'nothing is sent by itself');
		await send(page);
		await page.waitForURL((url) => url.pathname === `/admin/courses/${id}` && url.searchParams.has('done'));
		const after = await course();

		same(after.title, title, 'the title');
		same(after.description.replaceAll('\r\n', '\n'), words, 'the description');
		calm(page, REFUSED);
	});

	test('what is made by a form that waited is made once by two clicks' + how, async () => {
		const page = await newPage({ js });
		const name = '분류 ' + randomUUID().slice(0, 8);

		await signIn(page, WHO);
		await page.goto('/admin/categories');
		await page.fill('main form [name="name"]', name);
		await endSession(page);
		await page.click('main form[action="/admin/categories"] [type="submit"]');
		await page.waitForSelector('form[action="/admin/login"]');
		await logIn(page, WHO, PASSWORD);
		await page.waitForSelector('h1:text("아직 보내지 않은 내용이 있습니다")');
		await page.evaluate(() => {
			const button = document.querySelector('main form [type="submit"]');

			button.click();
			button.click();
		});
		await page.waitForURL('**/admin/categories?*');
		same(await page.locator('.table tbody tr', { hasText: name }).count(), 1, 'categories');
		calm(page, REFUSED);
	});

	test('a form of an older session is asked about once more instead of being lost' + how, async () => {
		const page = await newPage({ js });
		const name = '분류 ' + randomUUID().slice(0, 8);

		await signIn(page, WHO);
		await page.goto('/admin/categories');
		await page.fill('main form [name="name"]', name);
		await endSession(page);
		const other = await page.context().newPage();

		await signIn(other, WHO);
		await page.click('main form[action="/admin/categories"] [type="submit"]');
		await page.waitForSelector('h1:text("아직 보내지 않은 내용이 있습니다")');
		await send(page);
		await page.waitForURL('**/admin/categories?*');
		same(await page.locator('.table tbody tr', { hasText: name }).count(), 1, 'the category');
		calm(page, REFUSED);
	});
}

test('the way back leads to the page with the button, and pressing again changes nothing more', async () => {
	const page = await trustingPage(WHO);
	const name = '분류 ' + randomUUID().slice(0, 8);
	const waits = () => page.waitForSelector('h1:text("아직 보내지 않은 내용이 있습니다")');
	const arrives = async (how) => {
		await send(page);
		await page.waitForURL('**/admin/categories?*');
		same(await page.locator('.table tbody tr', { hasText: name }).count(), 1, how);
	};

	await page.goto('/admin/categories');
	await page.fill('main form [name="name"]', name);
	await endSession(page);
	await page.click('main form[action="/admin/categories"] [type="submit"]');
	await page.waitForSelector('form[action="/admin/login"]');
	await logIn(page, WHO, PASSWORD);
	await waits();
	await arrives('after the first time');
	await page.goBack();
	await waits();
	await arrives('after the second time');
	await page.goBack();
	await waits();
	/* Chromium keeps no page that it got with 401; it offers to send the form again, and now there is a session. */
	await page.goBack().catch(() => {});
	await until(() => page.reload().then(() => true, () => false), 'it is sent again');
	await waits();
	await arrives('after a form that was sent again');
});

test('a form that waits is sent once by two clicks, also one with a field that is called method', async () => {
	const page = await newPage();
	const { id } = await newCourse(await clientOf(WHO), { capacity: 3 });

	await signIn(page, WHO);
	await page.goto(`/admin/courses/${id}/desk`);
	await page.fill('form[action$="/desk/check"] [name="name"]', '문지기');
	await endSession(page);
	await page.click('form[action$="/desk/check"] .form-foot [type="submit"]');
	await page.waitForSelector('form[action="/admin/login"]');
	await logIn(page, WHO, PASSWORD);
	await page.waitForSelector('main form [name="method"]', { state: 'attached' });
	same(await page.evaluate(() => {
		const button = document.querySelector('main form [type="submit"]');
		let sent = 0;

		addEventListener('submit', (event) => {
			sent += event.defaultPrevented ? 0 : 1;
			event.preventDefault();
		});
		button.click();
		button.click();
		return sent;
	}), 1, 'requests');
	calm(page, REFUSED);
});
