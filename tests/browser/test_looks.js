/* test_looks.js -- every page, in both themes and both languages, narrow and enlarged: nothing is in anybody's way. */
import { ask, axe, calm, clientOf, holds, newCourse, newPage, overflow, same, test } from './kit.js';

const WHO = 'operator@madang.example';
const KNOWN = /status of 4(04|22)/;      /* the pages for problems are looked at as well */
let course;

async function paths() {
	if (!course) {
		const staff = await clientOf(WHO);

		course = await newCourse(staff, { title: '처음 배우는 재봉틀: 파우치와 에코백 만들기 (평일 저녁반, 재료비 포함)', capacity: 3 });
		await ask(staff, 'GET', `admin/courses/${course.id}`);
	}
	return [
		'/admin/courses', '/admin/courses?status=cancelled', '/admin/courses/new', `/admin/courses/${course.id}`,
		`/admin/courses/${course.id}/edit`, `/admin/live/queue.html?course=${course.id}`, '/admin/courses/999999999',
		'/admin/instructors', '/admin/instructors/new?q=%EA%B9%80', '/admin/instructors/1', '/admin/instructors/1/edit', '/admin/terms', '/admin/terms/new', '/admin/terms/1/edit',
	];
}

const ready = (page) => page.waitForSelector(page.url().includes('/live/') ? '#board:not([hidden])' : 'h1');

async function each(page, look) {
	await page.goto('/admin/login');
	await look('/admin/login');
	await page.goto('/verify?token=a-token');
	await look('/verify');
	for (const path of await paths()) {
		await page.goto(path);
		await ready(page);
		await look(path);
	}
	await page.goto('/admin/courses/new');
	await page.click('form.form .form-foot [type="submit"]');
	await page.waitForSelector('.error-summary');
	await look('/admin/courses/new with errors');
}

for (const lang of ['ko', 'en'])
	for (const theme of ['light', 'dark'])
		test(`axe finds nothing on any page (${lang}, ${theme})`, async () => {
			const page = await newPage({ who: WHO, lang, theme });
			const found = [];

			await each(page, async (path) => {
				const words = await axe(page);

				if (words)
					found.push(path + '\n' + words);
				same(await page.getAttribute('html', 'lang'), lang, 'the language of ' + path);
			});
			same(found.join('\n'), '', 'axe');
			calm(page, KNOWN);
		});

for (const [name, window] of [
	['360 pixels wide', { width: 360, height: 640 }],
	['at 200 % on 1280', { width: 640, height: 400, scale: 2 }],
	['at 400 % on 1280', { width: 320, height: 256, scale: 4 }],
])
	for (const lang of ['ko', 'en'])
		test(`no page scrolls sideways ${name} (${lang})`, async () => {
			const page = await newPage({ who: WHO, lang, ...window });
			const wide = [];

			await each(page, async (path) => {
				if (await overflow(page) > 0)
					wide.push(`${path} by ${await overflow(page)}`);
			});
			same(wide.join('\n'), '', 'too wide');
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
	const page = await newPage({ who: WHO });

	await page.goto('/admin/courses');
	await page.click('[data-pref="theme"][data-value="dark"]');
	await page.waitForSelector('html[data-theme="dark"]');
	await page.click('[data-pref="lang"][data-value="en"]');
	await page.waitForSelector('html[lang="en"]');
	await page.goto('/admin/live/queue.html');
	same(await page.getAttribute('html', 'data-theme'), 'dark', 'the theme of a static page');
	same(await page.getAttribute('html', 'lang'), 'en', 'the language of a static page');
	calm(page);
});

test('the console is served with a policy that allows nothing inline', async () => {
	const page = await newPage({ who: WHO });

	for (const path of ['/admin/login', ...await paths()]) {
		const answer = await page.goto(path);
		const policy = answer.headers()['content-security-policy'] ?? '';

		holds(/default-src '(self|none)'/.test(policy) && !policy.includes('unsafe-'), `${path}: ${policy}`);
		same(await page.locator('[style], style, script:not([src]):not([type="application/json"])').count(), 0, 'inline parts of ' + path);
	}
});
