/* test_refunds.js -- an operator gives money back: by keyboard, without JavaScript, pressed twice, and back again. */
import { axe, calm, holds, newCourse, newMember, newPage, ask, clientOf, overflow, same, test, until } from './kit.js';

const WHO = 'operator@madang.example';

/* Somebody who has paid 50,000 won by card: the payment as the staff see it. */
async function sold() {
	const staff = await clientOf(WHO);
	const course = await newCourse(staff);
	const member = await newMember('환불 시험');
	const ticket = await ask(member, 'POST', `courses/${course.id}/queue`);

	await until(async () => (await ask(member, 'GET', 'tickets/' + ticket.id)).state === 'active', 'the seat');
	const order = await ask(member, 'POST', `tickets/${ticket.id}/checkout`, { method: 'card' });
	const window = await (await member.post('/sandbox/pg/checkout', { data: { order_id: order.order_id, amount: order.amount } })).json();

	await ask(member, 'POST', `payments/${order.order_id}/confirm`, { payment_key: window.payment_key, amount: order.amount });
	const [payment] = (await ask(staff, 'GET', 'admin/payments?q=' + order.order_id)).data;

	return { staff, course, payment, refunds: async () => (await ask(staff, 'GET', 'admin/payments/' + payment.id)).refunds };
}

const press = async (page, ...keys) => {
	for (const key of keys)
		await page.keyboard.press(key);
};

/* Tab until what has the focus matches. */
async function tabTo(page, selector) {
	for (let i = 0; i < 80; i++) {
		if (await page.evaluate((s) => document.activeElement.matches(s), selector))
			return;
		await page.keyboard.press('Tab');
	}
	throw new Error('the keyboard never gets to ' + selector);
}

test('an operator finds a payment by the end of its order, and refunds it by keyboard alone', async () => {
	const { payment, refunds } = await sold();
	const page = await newPage({ who: WHO });

	await page.goto('/admin/payments');
	await tabTo(page, '#f-q');
	await page.keyboard.type(payment.order_id.slice(-4));
	await press(page, 'Enter');
	await page.waitForURL('**/admin/payments?*');
	await tabTo(page, `tbody a[href="/admin/payments/${payment.id}"]`);
	await press(page, 'Enter');
	await page.waitForURL(`**/admin/payments/${payment.id}`);
	await tabTo(page, `a[href="/admin/payments/${payment.id}/refund"]`);
	await press(page, 'Enter');
	await page.waitForURL('**/refund');
	holds((await page.textContent('main')).includes('이미 낸 학습비 전액 50,000원'), 'the rule comes first');
	await tabTo(page, '[name="amount"]');
	await page.keyboard.type('60000');
	await tabTo(page, '.form-foot [type="submit"]');
	await press(page, 'Enter');
	await page.waitForSelector('.error-summary');
	same(await page.inputValue('[name="amount"]'), '60000', 'the amount that was typed');
	holds((await page.textContent('.error-summary')).includes('50,000원까지'), 'what is left is named');
	same(await page.locator('.error-summary a[href="#f-reason_code"]').count(), 1, 'the reason is asked with it');
	await tabTo(page, '[name="amount"]');
	await page.fill('[name="amount"]', '');
	await tabTo(page, '[name="reason_code"]');
	await page.keyboard.press('Space');
	await tabTo(page, '.form-foot [type="submit"]');
	await press(page, 'Enter');
	await page.waitForSelector('input[name="_once"][type="hidden"] ~ section');
	same((await page.textContent('.form-foot [type="submit"]')).trim(), '50,000원 환불', 'the button names the amount');
	await tabTo(page, '.form-foot [type="submit"]');
	await press(page, 'Enter');
	await page.waitForURL('**/admin/refunds/*');
	same((await refunds()).length, 1, 'refunds');
	await until(async () => (await refunds())[0].state === 'done', 'the gateway');
	await page.reload();
	holds((await page.textContent('main [role="status"]')).includes('환불했습니다'), 'it is shown as done');
	calm(page, /status of 422/);
});

test('without JavaScript a refund works the same, and pressed twice it is one refund with one result', async () => {
	const { payment, refunds } = await sold();
	const page = await newPage({ who: WHO, js: false });

	await page.goto(`/admin/payments/${payment.id}/refund`);
	await page.fill('[name="amount"]', '20000');
	await page.check('[name="keeps_seat"]');
	await page.check('[name="reason_code"][value="other"]');
	await page.click('.form-foot [type="submit"]');
	await page.waitForSelector('.error-summary');
	same(await page.isChecked('[name="keeps_seat"]'), true, 'what was ticked');
	same(await page.isChecked('[name="reason_code"][value="other"]'), true, 'the reason that was chosen');
	await page.fill('[name="reason"]', '재료비를 두 번 받았습니다');
	await page.click('.form-foot [type="submit"]');
	await page.waitForSelector('text=20,000원 환불');
	const fields = await page.$$eval('main form input[type="hidden"]', (all) => Object.fromEntries(all.map((one) => [one.name, one.value])));
	const send = () => page.request.post(`/admin/payments/${payment.id}/refund`, { form: fields, maxRedirects: 0 });
	const answers = await Promise.all([send(), send()]);

	for (const answer of answers)
		holds([303, 409].includes(answer.status()), 'two at once: ' + answer.status());
	await page.click('.form-foot [type="submit"]');
	await page.waitForURL('**/admin/refunds/*');
	const places = answers.filter((one) => one.status() === 303).map((one) => new URL(one.headers().location, page.url()).href);

	holds(places.every((place) => place === page.url()), 'one result: ' + places);
	same((await refunds()).map((one) => one.amount).join(), '20000', 'refunds');
});

for (const js of [true, false])
	test('after a refund the browser goes back and sends again: it is the same single refund, and its result is shown' + (js ? '' : ', without JavaScript'),
		async () => {
			const { payment, refunds } = await sold();
			const page = await newPage({ who: WHO, js });
			await page.goto(`/admin/payments/${payment.id}/refund`);
			await page.check('[name="reason_code"][value="moved"]');
			await page.click('.form-foot [type="submit"]');
			await page.waitForSelector('text=50,000원 환불');
			const fields = await page.$$eval('main form input[type="hidden"]', (all) => Object.fromEntries(all.map((one) => [one.name, one.value])));

			await page.click('.form-foot [type="submit"]');
			await page.waitForURL('**/admin/refunds/*');
			const result = page.url();

			/* The check page as the browser kept it, with its button; or the browser asks first, and sends the check again. */
			await page.goBack({ timeout: 5000 }).catch(() => null);
			if (await page.locator('.form-foot [type="submit"]').count()) {
				await page.click('.form-foot [type="submit"]');
				await page.waitForURL(result);
			}
			for (const path of ['/refund/check', '/refund']) {
				const answer = await page.request.post(`/admin/payments/${payment.id}${path}`, { form: fields, maxRedirects: 0 });

				same(`${answer.status()} ${new URL(answer.headers().location, result)}`, '303 ' + result, path + ' sent again');
			}
			same((await refunds()).length, 1, 'refunds');
			const fresh = await newPage({ who: WHO, js });

			await fresh.goto(`/admin/payments/${payment.id}/refund`);
			await fresh.waitForURL('**/admin/payments/*?done=refunded');
			holds((await fresh.textContent('main [role="status"]')).includes('더 환불할 금액은 없습니다'), 'it says what became of it');
		});

test('the pages of refunds fit a telephone, in both themes', async () => {
	const { course, payment } = await sold();

	for (const theme of ['light', 'dark']) {
		const page = await newPage({ who: WHO, theme, width: 360, height: 640 });

		for (const path of ['/admin/payments', `/admin/payments/${payment.id}`, `/admin/payments/${payment.id}/refund`, '/admin/refunds',
			'/admin/refund-policies', '/admin/refund-policies/new', `/admin/courses/${course.id}/cancel`]) {
			await page.goto(path);
			same(await overflow(page), 0, 'the width of ' + path);
			same(await axe(page), '', 'axe on ' + path);
			if (process.env.SHOTS)
				await page.screenshot({ path: `${process.env.SHOTS}/${theme}${path.replace(/\d+/g, 'N').replaceAll('/', '_')}.png`, fullPage: true });
		}
		await page.goto(`/admin/payments/${payment.id}/refund`);
		await page.check('[name="reason_code"][value="moved"]');
		await page.click('.form-foot [type="submit"]');
		await page.waitForSelector('text=50,000원 환불');
		same(await overflow(page), 0, 'the width of the check page');
		same(await axe(page), '', 'axe on the check page');
		if (process.env.SHOTS)
			await page.screenshot({ path: `${process.env.SHOTS}/${theme}_check.png`, fullPage: true });
	}
});
