/* test_reference.js -- the API reference under /docs/: its languages, the words that it is narrowed by, and the page on which the API can be tried. */
import { calm, holds, newPage, same, test, until } from './kit.js';

const ROUTE = 'POST-api-v1-courses-id-queue';
const WORDS = {
	ko: { summary: '접수 중인 강좌의 대기열에 서고 대기표를 받습니다.', typed: '대기표 현재', found: '4개 중 1개', other: 'en', ping: '메모리에서 바로 응답합니다.', key: '멱등 키입니다', optional: 'limit (선택)' },
	en: { summary: 'Joins the queue of an open course and gives a ticket.', typed: 'tickets stands', found: '1 of 4', other: 'ko', ping: 'Answers from memory:', key: 'Your own name for this request', optional: 'limit (optional)' },
};

for (const [lang, words] of Object.entries(WORDS)) {
	for (const js of [true, false])
		test(`the reference is read in ${lang}, and one link leads to the same page in the other language (${js ? 'with' : 'without'} JavaScript)`, async () => {
			const page = await newPage({ lang, js });

			await page.goto('/docs/queue.html#' + ROUTE);
			same(await page.getAttribute('html', 'lang'), lang, 'the language');
			holds((await page.textContent(`[id="${ROUTE}"] > p`)).includes(words.summary), 'the sentence of the route');
			await page.click('nav .other');
			await page.waitForURL((url) => url.pathname === `/docs/${words.other}/queue.html`);
			same(new URL(page.url()).hash, js ? '#' + ROUTE : '', 'the place on the page');
			same(await page.getAttribute('html', 'lang'), words.other, 'the other language');
			holds((await page.textContent(`[id="${ROUTE}"] > p`)).includes(WORDS[words.other].summary), 'the sentence of the route');
			calm(page);
		});

	test(`words narrow a page of the reference (${lang})`, async () => {
		const page = await newPage({ lang });
		const shown = () => page.locator('section.route:visible').count();

		await page.goto('/docs/queue.html');
		const all = await shown();

		await page.fill('#filter', words.typed);
		await until(async () => await shown() < all, 'some are hidden');
		same(await page.textContent('.filter [role="status"]'), words.found.replace('4', all), 'how many are left');
		same(await shown(), 1, 'routes with both words');
		await page.fill('#filter', '');
		same(await shown(), all, 'routes without words');
		calm(page);
	});

	test(`the API can be tried, in the words of ${lang}`, async () => {
		const page = await newPage({ lang });
		const choose = async (operation) => page.selectOption('#operation', operation);

		await page.goto('/docs/try/');
		await page.waitForSelector('#operation option:nth-child(2)', { state: 'attached' });
		await choose('post /api/v1/courses/{id}/queue');
		holds((await page.textContent('#about')).startsWith(words.summary), 'what the route does');
		holds((await page.textContent('#p-Idempotency-Key-hint')).includes(words.key), 'what the key is');
		await choose('get /api/v1/courses');
		same(await page.textContent('label[for="p-limit"]'), words.optional, 'a parameter that may be left out');
		await choose('get /api/v1/ping');
		holds((await page.textContent('#about')).startsWith(words.ping), 'what the route does');
		await page.click('#request [type="submit"]');
		await page.waitForSelector('#status.status-good');
		same((await page.textContent('#status')).slice(0, 3), '200', 'the answer');
		calm(page);
	});
}
