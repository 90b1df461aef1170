/* test_looks.js -- every page, in both themes and both languages, narrow and enlarged: nothing is in anybody's way. */
import { PASSWORD, ask, axe, brokenWords, calm, clientOf, endSession, holds, newCourse, newPage, none, overflow, same, test } from './kit.js';
import { OPERATOR, eachPage, pages } from './pages.js';

const KNOWN = /status of 4(01|04|22)/;      /* the pages for problems are looked at as well */

/* What is only there after somebody did something. */
async function eachState(options, look) {
	const page = await newPage({ ...options, who: OPERATOR });

	await page.goto('/admin/courses/new');
	await page.click('form.form .form-foot [type="submit"]');
	await page.waitForSelector('.error-summary');
	await look(page, '/admin/courses/new with errors');
	await page.goto('/admin/courses');
	await page.keyboard.press('Control+k');
	await page.waitForSelector('.palette[open] [role="option"]');
	await look(page, 'the palette');
	await page.keyboard.press('Escape');
	await page.waitForSelector('.palette:not([open])', { state: 'attached' });
	await page.keyboard.press('?');
	await page.waitForSelector('dialog.help[open]');
	await look(page, 'the help');
	await page.goto('/admin/courses/new');
	await page.fill('[name="title"]', '처음 배우는 재봉틀: 파우치와 에코백 만들기 ' + 'x'.repeat(60));
	await page.fill('[name="description"]', '긴 글 '.repeat(200) + 'x'.repeat(300));
	await endSession(page);
	await page.click('form.form .form-foot [type="submit"]');
	await page.waitForSelector('form[action="/admin/login"]');
	await look(page, 'the login that keeps a form');
	await page.fill('input[name="email"]', OPERATOR);
	await page.fill('input[name="password"]', PASSWORD);
	await page.click('form[action="/admin/login"] [type="submit"]');
	await page.waitForSelector('form[action="/admin/courses/new"] [name="csrf"]', { state: 'attached' });
	await look(page, 'a form that was kept');
	return page;
}

for (const lang of ['ko', 'en'])
	for (const theme of ['light', 'dark'])
		test(`axe finds nothing on any page (${lang}, ${theme})`, async () => {
			const found = [];
			const look = async (page, path) => {
				const words = await axe(page);

				if (words)
					found.push(path + '\n' + words);
				same(await page.getAttribute('html', 'lang'), lang, 'the language of ' + path);
			};
			const looked = [...await eachPage({ lang, theme }, look), await eachState({ lang, theme }, look)];

			none(found, 'axe');
			for (const page of looked)
				calm(page, KNOWN);
		});

for (const [name, window] of [
	['360 pixels wide', { width: 360, height: 640 }],
	['at 200 % on 1280', { width: 640, height: 400, scale: 2 }],
	['at 400 % on 1280', { width: 320, height: 256, scale: 4 }],
])
	for (const lang of ['ko', 'en'])
		test(`no page scrolls sideways ${name} (${lang})`, async () => {
			const wide = [];
			const look = async (page, path) => {
				if (await overflow(page) > 0)
					wide.push(`${path} by ${await overflow(page)}`);
			};

			await eachPage({ lang, ...window }, look);
			await eachState({ lang, ...window }, look);
			none(wide, 'too wide');
		});

for (const js of [true, false])
	test(`on 360 pixels the header is two rows, filters are folded unless they are set, and the rail shows where one is (${js ? 'with' : 'without'} JavaScript)`, async () => {
		const page = await newPage({ who: OPERATOR, width: 360, height: 640, js });
		const boxes = (selector) => page.locator(selector).evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map(({ top, bottom, left, right }) => ({ top, bottom, left, right })));

		await page.goto('/admin/refunds');
		const [rail] = await boxes('.rail');
		const [here] = await boxes('.rail [aria-current]');

		holds(rail.bottom <= 110, `the header is ${rail.bottom} pixels high`);
		holds(here.left >= 0 && here.right <= 360, `where one is stands from ${here.left} to ${here.right}`);
		await page.goto('/admin/courses');
		same(await page.locator('form.filters:visible').count(), 0, 'filters that are not set');
		await page.click('.filter-fold > summary');
		await page.selectOption('#f-status', 'open');
		await page.click('form.filters [type="submit"]');
		await page.waitForURL((url) => url.searchParams.get('status') === 'open');
		same(await page.locator('form.filters:visible').count(), 1, 'filters that are set');
		await page.click('.menu > summary');
		await page.click('.menu button[name="density"]');
		await page.waitForSelector('html[data-density="compact"]');
		calm(page);
	});

test('without a preference, the theme is the one of the machine', async () => {
	const page = await newPage({ theme: 'auto' });
	const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

	await page.emulateMedia({ colorScheme: 'dark' });
	await page.goto('/admin/login');
	const dark = await back();

	await page.emulateMedia({ colorScheme: 'light' });
	holds(dark !== await back(), 'the same colours in light and dark');
});

test('a switch of the theme and of the language stays', async () => {
	const page = await newPage({ who: OPERATOR });

	await page.goto('/admin/courses');
	await page.click('[data-pref="theme"][data-value="dark"]');
	await page.waitForSelector('html[data-theme="dark"]');
	await page.click('[data-pref="lang"][data-value="en"]');
	await page.waitForSelector('html[lang="en"]');
	await page.goto('/admin/members');
	same(await page.getAttribute('html', 'data-theme'), 'dark', 'the theme of the next page');
	same(await page.getAttribute('html', 'lang'), 'en', 'the language of the next page');
	calm(page);
});

test('every page is served with a policy that allows nothing inline, and none is broken', async () => {
	const wrong = [];

	for (const { path, who } of await pages()) {
		const page = await newPage({ who });

		await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)));
		const answer = await page.goto(path);
		const policy = answer.headers()['content-security-policy'] ?? '';

		if (!/default-src '(self|none)'/.test(policy) || policy.includes('unsafe-'))
			wrong.push(`${path}: ${policy}`);
		if (await page.locator('[style], style, script:not([src]):not([type="application/json"])').count())
			wrong.push(`${path}: inline parts`);
		wrong.push(...page.trouble.filter((text) => text.startsWith('policy:')).map((text) => `${path}: ${text}`));
		await page.context().close();
	}
	none(wrong, 'policies');
});

test('every page prints without a rail, on paper as wide as A4', async () => {
	const wide = [];

	await eachPage({}, async (page, path) => {
		await page.emulateMedia({ media: 'print' });
		/* A4 less its margins, in CSS pixels; a timetable is printed across it */
		await page.setViewportSize(path.startsWith('/admin/timetable') ? { width: 1016, height: 650 } : { width: 688, height: 971 });
		if (await overflow(page) > 0)
			wide.push(`${path} by ${await overflow(page)}`);
		if (await page.locator('.rail:visible, .topbar:visible').count())
			wide.push(`${path} prints its frame`);
		if (!path.startsWith('/docs/') && await page.locator('.btn:visible, .decide-bar:visible, .filters:visible').count())
			wide.push(`${path} prints what is to be pressed`);
		for (const word of await brokenWords(page))
			wide.push(`${path} breaks ${word} on paper`);
		await page.emulateMedia({ media: 'screen' });
	});
	none(wide, 'too wide for paper');
	const page = await newPage({ who: OPERATOR });

	await page.goto('/admin/courses');
	holds((await page.pdf({ format: 'A4' })).length > 10000, 'an empty PDF');
});

test('what is short is printed on one page, a timetable across it', async () => {
	const page = await newPage({ who: OPERATOR });
	const staff = await clientOf(OPERATOR);
	const course = await newCourse(staff, { capacity: 3 });
	const week = (await ask(staff, 'GET', `admin/courses/${course.id}`)).sessions[0].starts_at.slice(0, 10);

	for (const path of [`courses/${course.id}/sheet`, `courses/${course.id}/students`, `courses/${course.id}/attendance`, `courses/${course.id}`, `timetable?week=${week}`]) {
		await page.goto('/admin/' + path);
		const sheets = [...(await page.pdf({ preferCSSPageSize: true })).toString('latin1').matchAll(/\/Type \/Page\b[^]*?\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)];

		same(sheets.length, 1, 'pages of ' + path);
		same(Number(sheets[0][1]) > Number(sheets[0][2]), path.startsWith('timetable'), 'wider than high: ' + path);
	}
});

for (const [width, lang] of [[360, 'ko'], [768, 'ko'], [1024, 'en'], [1280, 'ko'], [1280, 'en']])
	test(`no word is broken and no table cut, ${width} pixels wide (${lang})`, async () => {
		const broken = [];

		await eachPage({ lang, width, height: 800 }, async (page, path) => broken.push(...(await brokenWords(page)).map((word) => `${path}: ${word}`)));
		none(broken, 'broken');
	});
