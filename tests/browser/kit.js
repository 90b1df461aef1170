/* kit.js -- what the browser tests share: a tiny runner, pages that notice every complaint of the browser, and a client
 * of the public API that makes things happen. No test waits a fixed time: it waits until something is so. */
import { createHash, randomUUID, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:tls';
import { chromium, request } from 'playwright-core';

export const base = process.env.MADANG_BASE;
export const PASSWORD = 'madang-demo-1234';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const PATIENCE_MS = 15000;
const TEST_MS = 600000;         /* nothing here takes so long: what hangs is one failure, and the others go on */
const CLOSE_MS = 30000;
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/* ---- the runner ---- */

const tests = [];
export const test = (name, run) => tests.push({ name, run });

/* What the promise gives, or an error after that time. */
function within(ms, promise, what) {
	let timer;
	const late = new Promise((_, fail) => { timer = setTimeout(() => fail(new Error(`${what} takes more than ${ms / 1000} seconds`)), ms); });

	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export async function runAll(words) {
	let passed = 0;
	let failed = 0;

	for (const { name, run } of tests.filter((one) => words.every((word) => one.name.includes(word)))) {
		try {
			await within(TEST_MS, run(), 'the test');
			passed++;
			console.log('ok      ' + name);
		} catch (error) {
			failed++;
			console.log(`FAILED  ${name}\n        ${String(error.stack ?? error).replaceAll('\n', '\n        ')}`);
		} finally {
			await closePages();
		}
	}
	await closeBrowser();
	await Promise.all(clients.map((client) => client.dispose()));
	console.log(`${passed} passed, ${failed} failed`);
	return failed === 0 && passed > 0;
}

export function same(got, wanted, what) {
	if (got !== wanted)
		throw new Error(`${what}: got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
}

/* A list of what is wrong, and there should be nothing in it. */
export function none(list, what) {
	if (list.length)
		throw new Error(`${what}:\n${list.join('\n')}`);
}

export function holds(truth, what) {
	if (!truth)
		throw new Error(what);
}

/* Asks again and again until the answer is true. */
export async function until(ask, what, patience = PATIENCE_MS) {
	const end = Date.now() + patience;

	for (;;) {
		const answer = await ask();

		if (answer)
			return answer;
		if (Date.now() > end)
			throw new Error(`did not happen within ${patience} ms: ${what}`);
		await new Promise((go) => { setTimeout(go, 50); });
	}
}

/* ---- pages ---- */

let browser;
const open = [];
const kept = new Map();         /* cookies by who: one login serves all tests */

/* A browser that does not answer any more (Chromium on a busy machine, closing a context) is left alone, to end with this process: the
 * next test starts another. */
async function closeBrowser() {
	await within(CLOSE_MS, Promise.resolve(browser?.close()), 'closing the browser').catch((error) => console.log('        ' + error.message));
	browser = undefined;
}

async function closePages() {
	try {
		for (const context of open.splice(0))
			await within(CLOSE_MS, context.close(), 'closing a page');
	} catch (error) {
		console.log(`        ${error.message}: another browser is started`);
		browser = undefined;
	}
}

/* A page of a fresh context. Options: who (an e-mail, logged in; with its password, if it is not a demo's), lang, theme, js, width, height, scale, at (another base).
 * page.trouble gathers what the browser complains of; calm() wants it empty but for what matches. */
export async function newPage({ who, password, lang = 'ko', theme = 'light', js = true, width = 1280, height = 800, scale = 1, at = base } = {}) {
	browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: FLAGS });

	const context = await browser.newContext({
		ignoreHTTPSErrors: true, javaScriptEnabled: js, viewport: { width, height }, deviceScaleFactor: scale, baseURL: at,
		locale: lang === 'ko' ? 'ko-KR' : 'en-US', timezoneId: 'UTC', colorScheme: theme === 'dark' ? 'dark' : 'light',
	});
	const page = await context.newPage();

	open.push(context);
	context.setDefaultTimeout(PATIENCE_MS);
	await context.addCookies(Object.entries({ lang, theme }).map(([name, value]) => ({ name, value, url: at })));
	page.trouble = [];
	page.on('console', (message) => ['error', 'warning'].includes(message.type()) && page.trouble.push(message.text()));
	page.on('pageerror', (error) => page.trouble.push('thrown: ' + error.message));
	if (who) {
		if (!kept.has(who)) {
			const first = await newPage({ at });

			await signIn(first, who, password);
			kept.set(who, (await first.context().cookies()).filter(({ name }) => !['lang', 'theme', 'density'].includes(name)));
		}
		await context.addCookies(kept.get(who).map((cookie) => ({ ...cookie })));
	}
	return page;
}

/* A page of a browser that trusts the system's certificate, and so keeps pages for the way back as it does where the certificate is good. */
export async function trustingPage(who) {
	const { hostname, port } = new URL(base);
	const key = await new Promise((done, failed) => {
		const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
			done(createHash('sha256').update(new X509Certificate(socket.getPeerCertificate().raw).publicKey.export({ type: 'spki', format: 'der' })).digest('base64'));
			socket.end();
		});

		socket.on('error', failed);
	});
	const context = await chromium.launchPersistentContext('', {
		executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: [...FLAGS, '--ignore-certificate-errors-spki-list=' + key], baseURL: base,
		locale: 'ko-KR', timezoneId: 'UTC',
	});
	const page = context.pages()[0] ?? await context.newPage();

	open.push(context);
	context.setDefaultTimeout(PATIENCE_MS);
	await signIn(page, who);
	return page;
}

/* Signs in on the page's login, or on the login page at hand. The login is the page's own: it may end with it. */
export async function signIn(page, who, password = PASSWORD) {
	if (!page.url().includes('/admin/login'))
		await page.goto('/admin/login');
	await page.fill('input[name="email"]', who);
	await page.fill('input[name="password"]', password);
	await page.click('form[action^="/admin/login"] [type="submit"]');
	await page.waitForURL((url) => url.pathname !== '/admin/login');
}

/* Time, or somebody else's hand: the page's cookie is there no longer. */
export const endSession = (page) => page.context().clearCookies({ name: '__Host-madang' });

export function calm(page, ...known) {
	const left = page.trouble.filter((text) => !known.some((pattern) => pattern.test(text)));

	same(left.join('\n'), '', 'the browser complains');
}

/* The violations that axe sees, as text; '' is what one wants. Runs from outside the page's content security policy. */
export async function axe(page) {
	await page.evaluate(axeSource);
	return page.evaluate(async () => {
		const found = await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });

		return found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 160)} (${n.any.map((a) => a.message).join('; ').slice(0, 200)})`).join(' | ')}`).join('\n');
	});
}

/* How many pixels the page is wider than its window. */
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/* Words of tables, badges, buttons and numbers that stand on two lines although they have no space in them, and tables that are wider than what
 * they stand in. Long words (an address, a key) may break. */
export const brokenWords = (page) => page.evaluate(() => {
	const LONGEST = 16;
	const found = [];
	const places = document.querySelectorAll('.table :is(th, td), .badge, .btn, .stat dd, .tabs a');

	for (const place of places) {
		const walk = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);

		for (let text = walk.nextNode(); text; text = walk.nextNode()) {
			if (!text.parentElement.checkVisibility() || text.parentElement.closest('.sr-only, code, del, ins, .bulk, [aria-hidden="true"]') || place.closest('thead')?.clientHeight === 1)
				continue;
			for (const { 0: word, index } of text.data.matchAll(/[^\s(/]+/g)) {
				const range = document.createRange();

				range.setStart(text, index);
				range.setEnd(text, index + word.length);
				if (word.length <= LONGEST && !/[a-z]-[a-z]/.test(word) && new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1)
					found.push(word);
			}
		}
	}
	for (const table of document.querySelectorAll('.table'))
		if (table.getBoundingClientRect().right > table.closest('.card, .main').getBoundingClientRect().right + 1)
			found.push(`a table of ${table.rows[0]?.cells.length} columns is cut`);
	return [...new Set(found)];
});

/* ---- a client of the API ---- */

const clients = [];

export async function newClient(token) {
	const client = await request.newContext({
		baseURL: base, ignoreHTTPSErrors: true,
		extraHTTPHeaders: { Accept: 'application/json', ...(token ? { Authorization: 'Bearer ' + token } : {}) },
	});

	clients.push(client);
	return client;
}

export async function ask(client, method, path, data) {
	const answer = await client.fetch('/api/v1/' + path, {
		method, data, headers: method === 'POST' ? { 'Idempotency-Key': randomUUID() } : {},
	});

	if (!answer.ok())
		throw new Error(`${method} ${path} answered ${answer.status()} ${await answer.text()}`);
	return answer.status() === 204 ? null : answer.json();
}

export async function clientOf(email, password = PASSWORD) {
	const { access_token: token } = await ask(await newClient(), 'POST', 'auth/login', { email, password });

	return newClient(token);
}

/* Somebody new, who signed up; their account waits for the token of the mail. */
export async function signUp(name) {
	const anybody = await newClient();
	const email = `b${randomUUID().slice(0, 13)}@example.com`;
	const password = 'correct-horse-42';
	const phone = '010-' + String(Math.floor(Math.random() * 1e8)).padStart(8, '0').replace(/(....)/, '$1-');

	await ask(anybody, 'POST', 'auth/signup', { email, password, name, phone });
	const token = await until(async () => {
		const mails = await (await anybody.get('/sandbox/mail?to=' + encodeURIComponent(email))).json();

		return /[?&]token=([^\s"'<>&#]+)/.exec(mails.data.at(-1)?.text ?? '')?.[1];
	}, 'the mail with the link');
	return { email, password, token: decodeURIComponent(token) };
}

/* The same, who followed the link: their login, and a client of theirs. */
export async function newPerson(name) {
	const { email, password, token } = await signUp(name);

	await ask(await newClient(), 'POST', 'auth/verify', { token });
	return { email, password, client: await clientOf(email, password) };
}

export const newMember = async (name) => (await newPerson(name)).client;

const DAY_MS = 24 * 3600 * 1000;
export const inDays = (days) => new Date(Date.now() + days * DAY_MS).toISOString();

/* Somebody who teaches nothing yet. */
export async function newInstructor(staff, name = '한가람') {
	const { id } = await ask((await newPerson(name)).client, 'GET', 'me');

	return ask(staff, 'POST', 'admin/instructors', { member_id: id, name: name + ' ' + randomUUID().slice(0, 6) });
}

/* Of the courses that don't say who teaches them: one instructor for this run, and a day for each, at ten in the morning in Seoul, so that nobody is
 * ever in two places at once. */
let ourInstructor;
let days = 30;
export const anInstructor = async (staff) => ourInstructor ??= await newInstructor(staff);
export const freeMorning = () => Math.floor(Date.now() / DAY_MS + ++days) * DAY_MS + 3600 * 1000;

/* A course that is open for enrolment now. */
export async function newCourse(staff, { title = '가을 수채화 기초', capacity = 2, instructor = null, opens = inDays(-1) } = {}) {
	const [category] = (await ask(staff, 'GET', 'categories')).data;
	const start = freeMorning();
	const iso = (ms) => new Date(ms).toISOString();

	instructor ??= await anInstructor(staff);
	const course = await ask(staff, 'POST', 'admin/courses', {
		title, capacity, category_id: category.id, instructor_id: instructor.id, price: 50000, hold_seconds: 300,
		enrol_opens_at: opens, enrol_closes_at: inDays(7), description: '물과 색을 다루는 법을 배웁니다.',
		sessions: [{ starts_at: iso(start), ends_at: iso(start + 2 * 3600 * 1000), room: '화실 ' + randomUUID().slice(0, 6) }],
	});

	await ask(staff, 'POST', `admin/courses/${course.id}/status`, { status: 'open' });
	return course;
}
