/* test_roster.js -- who is in a course and who was there: by keyboard, without JavaScript, on paper; and the counter. */
import { readFileSync } from 'node:fs';
import { ask, calm, clientOf, holds, newCourse, newPage, same, test, until } from './kit.js';

const WHO = 'operator@madang.example';
const digits = () => String(Math.floor(Math.random() * 1e8)).padStart(8, '0');

async function aCourse(names) {
	const staff = await clientOf(WHO);
	const course = await newCourse(staff, { title: '가을 수채화 기초', capacity: names.length + 1 });

	for (const name of names)
		await ask(staff, 'POST', `admin/courses/${course.id}/walk-ins`, { name, phone: '010' + digits(), method: 'cash', amount: 50000, reason: '현장 접수' });
	return { staff, id: course.id };
}

test('attendance is noted with the keyboard alone', async () => {
	const { id } = await aCourse(['김하늘', '이바다']);
	const page = await newPage({ who: WHO });

	await page.goto(`/admin/courses/${id}/attendance`);
	await page.focus('#mark-0-present');
	await page.keyboard.press('Space');
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('Tab');
	same(await page.evaluate(() => document.activeElement.name), 'marks[1].state', 'Tab leads to the next student');
	await page.keyboard.press('Space');
	await page.keyboard.press('Tab');
	same(await page.evaluate(() => document.activeElement.type), 'submit', 'and then to the button');
	await page.keyboard.press('Enter');
	await page.waitForSelector('.result-band');
	holds(await page.isChecked('#mark-0-late') && await page.isChecked('#mark-1-present'), 'the marks are not there');
	calm(page);
});

test('attendance works without JavaScript, and one button marks the rest as present', async () => {
	const { id } = await aCourse(['김하늘', '이바다', '박산']);
	const page = await newPage({ who: WHO, js: false });

	await page.goto(`/admin/courses/${id}/attendance`);
	await page.check('#mark-1-absent');
	await page.click('button[name="all"]');
	await page.waitForURL('**done=saved');
	holds(await page.isChecked('#mark-0-present') && await page.isChecked('#mark-1-absent') && await page.isChecked('#mark-2-present'), 'the marks');
});

test('the sign-in sheet prints with its head on each page and no column cut off', async () => {
	const { id } = await aCourse(Array.from({ length: 45 }, (_, i) => '수강생 ' + i));
	const page = await newPage({ who: WHO });

	await page.goto(`/admin/courses/${id}/sheet`);
	const pages = (await page.pdf({ format: 'A4' })).toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g).length;

	holds(pages > 1, `only ${pages} page`);
	await page.emulateMedia({ media: 'print' });
	await page.setViewportSize({ width: 688, height: 1000 });          /* A4 without its margins */
	same(await page.evaluate(() => getComputedStyle(document.querySelector('thead')).display), 'table-header-group', 'the head repeats');
	same(await page.evaluate(() => getComputedStyle(document.querySelector('tfoot')).display), 'table-footer-group', 'the foot repeats');
	same(await page.evaluate(() => [...document.querySelectorAll('.sheet tr > *')].filter((cell) => cell.getBoundingClientRect().right > innerWidth).length), 0, 'cells cut off');
	same(await page.isVisible('.tabs'), false, 'tabs on paper');
});

for (const js of [true, false])
	test('somebody at the counter is found, enrolled, and stands in the roster and in the file' + (js ? '' : ', without JavaScript'), async () => {
		const { id } = await aCourse(['김하늘']);
		const page = await newPage({ who: WHO, js });
		const name = '창구' + digits();

		await page.goto(`/admin/courses/${id}/desk`);
		await page.fill('[name="name"]', name);
		await page.fill('[name="phone"]', '010-' + digits());
		await page.fill('[name="amount"]', '1');
		await page.fill('[name="reason"]', '현장 접수');
		await page.click('form.form [type="submit"]');
		await page.waitForSelector('.error-summary');
		same(await page.inputValue('[name="name"]'), name, 'the name that was typed');
		await page.fill('[name="amount"]', '50000');
		await page.click('form.form [type="submit"]');
		await page.waitForSelector('text=50,000원 받고 접수');
		await page.click('.form-foot [type="submit"]');
		await page.waitForSelector('.result-band');
		await page.click('.result-band a');
		await until(async () => (await page.textContent('table')).includes(name), 'the roster has the new student');
		await page.fill('[name="purpose"]', '비상 연락');
		const [file] = await Promise.all([page.waitForEvent('download'), page.click('form[action$=".csv"] [type="submit"]')]);

		holds(file.suggestedFilename().startsWith('가을 수채화 기초 '), 'the name of the file: ' + file.suggestedFilename());
		holds(readFileSync(await file.path(), 'utf8').includes(name), 'the file lacks the student');
	});
