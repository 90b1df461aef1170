/* test_kit.js -- the console's kit: rows by the keyboard, what is ticked survives, the palette, parts of pages, live cells, drafts. */
import { ask, calm, clientOf, holds, newCourse, newPage, same, test, until } from './kit.js';
import { OPERATOR } from './pages.js';

const ROWS = 30;

/* A list of our own on a real page: what the kit does depends on markup alone, so it is tried on the markup that its head promises. */
const listPage = (from, more = '') => `<!DOCTYPE html><html lang="ko"><head><meta charset="utf-8"><title>목록</title>
<link rel="stylesheet" href="/static/admin/madang.css"><link rel="stylesheet" href="/static/admin/parts.css"><script type="module" src="/static/admin/kit.js"></script></head><body>
<main id="main" tabindex="-1"><header class="page-head"><h1>목록</h1></header>${more}
<k-table><form method="post" action="/admin/kit-done"><table class="table"><caption>목록</caption>
<thead><tr><th class="tick" scope="col"><input type="checkbox" data-tick-all aria-label="모두"></th><th scope="col">이름</th><th scope="col">자리</th></tr></thead>
<tbody class="bulk"><tr><td colspan="3"><div class="bulk-bar"><span data-bulk-count></span><div class="actions"><button class="btn" name="action" value="approve">승인</button></div>
<button type="button" class="btn" data-unpick-all>지우기</button></div></td></tr></tbody>
<tbody id="rows">${Array.from({ length: ROWS }, (_, i) => from + i).map((n) => `<tr data-id="${n}"><td class="tick"><input type="checkbox" name="ids" value="${n}" aria-label="${n} 고르기"></td>
<th scope="row"><a href="/admin/kit-one?n=${n}" data-frag="#detail">${n}번째 항목</a></th><td data-live="row.${n}.seats">0</td></tr>`).join('\n')}</tbody></table></form></k-table>
<nav><a id="next" href="/admin/kit-list?cursor=2">다음</a></nav><aside id="detail"><h2>없음</h2></aside></main></body></html>`;

async function onList(options = {}, more = '', body = () => listPage(1, more)) {
	const page = await newPage({ who: OPERATOR, ...options });
	const sent = [];

	await page.route('**/admin/kit-**', async (route) => {
		const url = new URL(route.request().url());
		const headers = { 'content-type': 'text/html; charset=utf-8' };

		if (url.pathname === '/admin/kit-done') {
			sent.push(new URLSearchParams(route.request().postData()));
			await route.fulfill({ headers, body: '<!DOCTYPE html><html lang="ko"><title>끝</title><script type="module" src="/static/admin/kit.js"></script><body><p class="result-band" data-unpick="/admin/kit-list">끝</p></body></html>' });
		} else if (url.pathname === '/admin/kit-one')
			await route.fulfill({ headers, body: `<!DOCTYPE html><html lang="ko"><title>하나</title><body><aside id="detail"><h2>${url.searchParams.get('n')}번째</h2></aside></body></html>` });
		else
			await route.fulfill({ headers, body: url.searchParams.get('cursor') ? listPage(101) : body() });
	});
	await page.goto('/admin/kit-list');
	await page.waitForFunction(() => customElements.get('k-table'));
	return { page, sent };
}

const focused = (page) => page.evaluate(() => document.activeElement.closest('tr')?.dataset.id ?? document.activeElement.tagName);
const ticked = (page) => page.evaluate(() => [...document.querySelectorAll('input[name="ids"]:checked')].map((box) => box.value).join());
const count = (page) => page.textContent('[data-bulk-count]');

test('rows are walked, ticked and opened by keys alone', async () => {
	const { page } = await onList();

	for (const key of ['j', 'j', 'ArrowDown', 'k'])
		await page.keyboard.press(key);
	same(await focused(page), '2', 'the row after j, j, down, k');
	await page.keyboard.press('x');
	for (let i = 0; i < 3; i++)
		await page.keyboard.press('j');
	await page.keyboard.press('Shift+X');
	same(await ticked(page), '2,3,4,5', 'a range');
	same(await count(page), '4건 선택', 'the count');
	await page.keyboard.press('Control+a');
	same(await count(page), ROWS + '건 선택', 'the whole page');
	await page.keyboard.press('Escape');
	same(await ticked(page), '', 'nothing after Esc');
	same(await page.isDisabled('.bulk-bar [name="action"]'), true, 'the action without a choice');
	await page.keyboard.press('Enter');
	await page.waitForSelector('#detail h2:text("5번째")');
	same(await focused(page), '5', 'the focus after the aside came');
	calm(page);
});

test('Ctrl+a ticks the page wherever the focus is, and not while somebody types', async () => {
	const { page } = await onList({}, '<form class="filters" method="get"><label>찾기 <input name="q"></label></form>');

	await page.keyboard.press('Control+a');
	same(await count(page), ROWS + '건 선택', 'the page without a focus');
	await page.keyboard.press('Escape');
	await page.keyboard.press('f');
	same(await page.evaluate(() => document.activeElement.name), 'q', 'where f leads');
	await page.keyboard.press('Control+a');
	same(await ticked(page), '', 'from within a field');
	calm(page);
});

test('o opens a row beside the list, or in a tab of its own', async () => {
	const { page } = await onList();

	await page.keyboard.press('j');
	await page.keyboard.press('o');
	await page.waitForSelector('#detail h2:text("1번째")');
	await page.evaluate(() => document.querySelector('tr[data-id="2"] a').removeAttribute('data-frag'));
	await page.keyboard.press('j');
	const [tab] = await Promise.all([page.context().waitForEvent('page'), page.keyboard.press('o')]);

	holds(new URL(tab.url()).search === '?n=2' || await tab.waitForURL('**/admin/kit-one?n=2').then(() => true), 'the tab');
	same(new URL(page.url()).search, '?n=1', 'the page itself');
});

test('what is ticked survives paging and goes along, once, and is forgotten when it is done', async () => {
	const { page, sent } = await onList();

	await page.check('input[value="3"]');
	await page.check('input[value="7"]');
	await page.click('#next');
	await page.waitForFunction(() => document.querySelector('[data-bulk-count]')?.textContent.includes('다른'));
	same(await count(page), '2건 선택 (다른 페이지 2건 포함)', 'the count on the next page');
	await page.check('input[value="105"]');
	await page.goBack();
	await until(async () => await ticked(page) === '3,7', 'the ticks are back');
	await page.click('[name="action"]');
	await until(() => sent.length === 1, 'it is sent');
	same(sent[0].getAll('ids').sort().join(), '105,3,7', 'what was sent');
	same(sent[0].get('action'), 'approve', 'the action');
	await page.waitForURL('**/admin/kit-done');
	await until(() => page.evaluate(() => !Object.keys(sessionStorage).some((key) => key.startsWith('pick:/admin/kit-list?'))), 'the page that says so is read');
	await page.goto('/admin/kit-list');
	await until(async () => await count(page) === '선택한 항목이 없습니다', 'it is forgotten');
	calm(page);
});

test('keys work with the Hangul keyboard on, and not while a syllable is composed', async () => {
	const { page } = await onList();
	const press = (key, code, more = {}) => page.evaluate((init) => (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init })),
		{ key, code, ...more });

	await press('ㅓ', 'KeyJ');
	await press('ㅓ', 'KeyJ');
	same(await focused(page), '2', 'the row');
	await press('ㅌ', 'KeyX', { isComposing: true });
	same(await ticked(page), '', 'while composing');
	await press('Process', 'KeyX');
	same(await ticked(page), '2', 'with an input method');
	calm(page);
});

test('Enter ends a Hangul syllable first, and then searches once', async () => {
	const page = await newPage({ who: OPERATOR });
	const asked = [];

	await page.goto('/admin/courses');
	page.on('request', (request) => request.isNavigationRequest() && asked.push(new URL(request.url()).searchParams.get('q')));
	const cdp = await page.context().newCDPSession(page);

	await page.keyboard.press('Control+k');
	await page.waitForSelector('.palette[open]');
	await page.focus('#palette-q');
	for (const text of ['ㄱ', '기', '김'])
		await cdp.send('Input.imeSetComposition', { text, selectionStart: 1, selectionEnd: 1 });
	/* The Enter that belongs to the syllable. */
	await cdp.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Process', code: 'Enter', windowsVirtualKeyCode: 229 });
	await cdp.send('Input.insertText', { text: '김' });
	await until(async () => await page.inputValue('#palette-q') === '김', 'the syllable stands');
	same(asked.join(), '', 'what was asked by the Enter of the syllable');
	await page.keyboard.press('Enter');
	await page.waitForURL('**/admin/search?q=*');
	await page.waitForSelector('h1');
	same(asked.join(), '김', 'what was asked');
});

test('the palette finds pages and things, and follows them by the arrows', async () => {
	const staff = await clientOf(OPERATOR);
	const course = await newCourse(staff, { title: '숲에서 읽는 시 ' + Date.now() });
	const page = await newPage({ who: OPERATOR });

	await page.goto('/admin/courses');
	await page.keyboard.press('Control+k');
	await page.waitForSelector('.palette[open] [role="option"]');
	await page.fill('#palette-q', 'C-' + course.id);
	await page.waitForSelector(`.palette [role="option"]:has-text("${course.title}")`);
	await page.keyboard.press('ArrowDown');
	same(await page.getAttribute('.palette [role="option"]', 'aria-selected'), 'true', 'the choice');
	await page.keyboard.press('Enter');
	await page.waitForURL(`**/admin/courses/${course.id}`);
	calm(page);
});

test('two keys after each other go to a page; letters can be switched off in the help', async () => {
	const page = await newPage({ who: OPERATOR });

	await page.goto('/admin/courses');
	await page.keyboard.press('g');
	await page.keyboard.press('m');
	await page.waitForURL('**/admin/members');
	await page.keyboard.press('?');
	await page.waitForSelector('dialog.help[open]');
	const help = await page.textContent('dialog.help');

	for (const words of ['강좌', '내 보기로'])
		holds(help.includes(words), 'the help does not list ' + words);
	await page.uncheck('#keys-on');
	await page.keyboard.press('Escape');
	await page.waitForSelector('dialog.help', { state: 'detached' });
	await page.keyboard.press('g');
	await page.keyboard.press('c');
	await page.keyboard.press('f');
	same(new URL(page.url()).pathname, '/admin/members', 'the page with the letters off');
	same(await page.evaluate(() => document.activeElement.tagName), 'BODY', 'the focus with the letters off');
	await page.keyboard.press('?');
	await page.waitForSelector('dialog.help[open]');
	same(await page.isChecked('#keys-on'), false, 'the switch, to switch them on again');
	calm(page);
});

test('Back brings the part that was there before, and a part that is missing becomes an ordinary visit', async () => {
	const { page } = await onList();

	await page.click('a:text-is("4번째 항목")');
	await page.waitForSelector('#detail h2:text("4번째")');
	await page.click('a:text-is("9번째 항목")');
	await page.waitForSelector('#detail h2:text("9번째")');
	same(new URL(page.url()).search, '?n=9', 'the address');
	await page.goBack();
	await page.waitForSelector('#detail h2:text("4번째")');
	await page.evaluate(() => { document.querySelector('a[data-frag]').href = '/admin/courses'; });
	await page.click('tbody#rows a');
	await page.waitForURL('**/admin/courses');
	await page.waitForSelector('.rail');
	calm(page);
});

test('a thousand events leave the choice, the focus, the scroll and marked text as they are', async () => {
	let extra = 0;
	const body = () => listPage(1, '<k-live id="live" refresh="#rows" scope="row.3"></k-live>')
		.replace('<tbody id="rows">', `<tbody id="rows">${Array.from({ length: extra }, (_, i) => `<tr data-id="n${i}"><td></td><th scope="row"><a href="#n">새 ${i}</a></th><td>1</td></tr>`).join('')}`)
		.replace('data-live="row.9.seats">0', `data-live="row.9.seats">${extra}`);
	const { page } = await onList({ height: 500 }, '', body);

	await page.check('input[value="5"]');
	await page.evaluate(() => scrollTo(0, 300));
	await page.focus('tr[data-id="12"] a');
	await page.evaluate(() => {
		const mark = document.createRange();

		mark.selectNodeContents(document.querySelector('tr[data-id="14"] th a'));
		getSelection().removeAllRanges();
		getSelection().addRange(mark);
	});
	const state = () => page.evaluate(() => JSON.stringify({ y: scrollY, focus: document.activeElement.closest('tr')?.dataset.id, mark: String(getSelection()),
		ticked: [...document.querySelectorAll('input[name="ids"]:checked')].map((box) => box.value), rows: [...document.querySelectorAll('#rows > tr')].map((row) => row.dataset.id).join(),
		at: document.querySelector('tr[data-id="12"]').getBoundingClientRect().top }));
	const before = await state();

	extra = 7;
	await page.evaluate(async () => {
		for (let i = 1; i <= 1000; i++) {
			document.getElementById('live').dispatchEvent(new CustomEvent('live', { bubbles: true, detail: { type: 'queue.state', data: { seats: i } } }));
			if (i % 50 === 0)
				await new Promise((go) => { setTimeout(go, 10); });
		}
	});
	await page.waitForSelector('.more-rows:not([hidden])');
	await until(async () => await page.textContent('[data-live="row.3.seats"]') === '1,000', 'the last number');
	same(await page.textContent('.more-rows'), '새 항목 7건 보기', 'the button');
	/* The button itself takes room above: rows keep their place on the screen by the browser's anchoring, or by ours. */
	const [a, b] = [JSON.parse(before), JSON.parse(await state())];

	holds(Math.abs(a.at - b.at) < 2, `the row moved by ${b.at - a.at}`);
	for (const name of ['focus', 'mark', 'rows'])
		same(b[name], a[name], name);
	same(b.ticked.join(), a.ticked.join(), 'what is ticked');
	same(await page.textContent('[data-live="row.9.seats"]'), '7', 'a cell that the page told');
	await page.click('.more-rows');
	await page.waitForSelector('tr[data-id="n0"]');
	same(await ticked(page), '5', 'what is ticked after the new rows came');
	calm(page);
});

test('what was typed and not sent is offered again, and forgotten once it has arrived', async () => {
	const page = await newPage({ who: OPERATOR });
	const html = '<!DOCTYPE html><html lang="ko"><title>쓰기</title><script type="module" src="/static/admin/kit.js"></script><body><main id="main"><form method="post" action="/admin/kit-draft-done" data-draft="t"><label>제목 <input name="title"></label><button>보내기</button></form></main></body></html>';

	await page.route('**/admin/kit-draft*', (route) => route.fulfill({ headers: { 'content-type': 'text/html; charset=utf-8' },
		body: route.request().method() === 'POST' ? html.replace('data-draft="t"', '') : html }));
	await page.goto('/admin/kit-draft');
	await page.fill('input[name="title"]', '긴 글');
	await until(() => page.evaluate(() => sessionStorage.getItem('draft:t')), 'it is kept');
	await page.goto('/admin/kit-draft');
	await page.click('.draft-band button:text("되살리기")');
	same(await page.inputValue('input[name="title"]'), '긴 글', 'what was typed');
	await page.click('form button');
	await page.waitForURL('**/admin/kit-draft-done');
	await page.goto('/admin/kit-draft');
	await page.waitForFunction(() => customElements.get('k-palette'));
	same(await page.locator('.draft-band').count(), 0, 'offers after it has arrived');
});

test('a key pressed as a dialog closes is the page\'s already: the field that just went has it no longer', async () => {
	const page = await newPage({ who: OPERATOR });

	await page.goto('/admin/courses');
	await page.keyboard.press('Control+k');
	await page.waitForSelector('.palette[open] [role="option"]');
	/* Until the page is drawn again the browser leaves the focus in the field of the closed dialog: both in one go, before it is. */
	const kept = await page.evaluate(() => {
		document.querySelector('.palette').close();
		const target = document.activeElement;

		target.dispatchEvent(new KeyboardEvent('keydown', { key: '?', code: 'Slash', shiftKey: true, bubbles: true, cancelable: true }));
		return target.id;
	});

	same(kept, 'palette-q', 'where the key went');
	await page.waitForSelector('dialog.help[open]');
	calm(page);
});

test('the kit is at most twenty kilobytes, packed', async () => {
	const { gzipSync } = await import('node:zlib');
	const page = await newPage({ who: OPERATOR });
	const sizes = [];

	page.on('response', async (answer) => {
		if (/\/static\/admin\/[a-z]+\.js$/.test(answer.url()))
			sizes.push(answer.body().then((body) => gzipSync(body, { level: 9 }).length));
	});
	await page.goto('/admin/courses', { waitUntil: 'networkidle' });
	const all = (await Promise.all(sizes)).reduce((a, b) => a + b, 0);

	holds(all > 5000 && all <= 20480, `it is ${all} bytes`);
	await ask(await clientOf(OPERATOR), 'GET', 'admin/courses');
});
