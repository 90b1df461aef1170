/* try.js -- calls the API from its own description: one field for each parameter and each member of the body. The token is in memory
 * only, and no cookie is sent. Nothing that comes back is shown as anything but text. */
import { lang, make, wordsOf } from '../admin/words.js';

const { t } = wordsOf({
	ko: { not_sent: '(보내지 않음)', optional: '{0} (선택)', roles: '호출 권한: {0}.', anyone: '누구나 호출할 수 있습니다.', stream: '(스트림이거나 응답이 너무 늦습니다)', no_answer: '응답이 없습니다: {0}' },
	en: { not_sent: '(not sent)', optional: '{0} (optional)', roles: 'For {0}.', anyone: 'For anyone.', stream: '(a stream, or it took too long)', no_answer: 'No answer: {0}' },
});
const $ = (id) => document.getElementById(id);
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const BODY_MOST = 200000;
let book;
let now;        /* {method, path, operation} */

/* The document is English; its sentences in the language of the page are a file beside it. */
let sentences = {};
const say = (sentence) => sentences[sentence] ?? sentence;

const resolve = (part) => (part?.$ref ? { ...part.$ref.split('/').slice(1).reduce((at, name) => at[name], book), ...part, $ref: undefined } : part);

const typeOf = (schema) => [schema.type].flat().find((type) => type && type !== 'null') ?? (schema.properties ? 'object' : 'string');

function control(id, schema, value) {
	const type = typeOf(schema);

	if (schema.enum || type === 'boolean') {
		const select = make('select', { id }, make('option', { value: '', textContent: t('not_sent') }));

		select.append(...(schema.enum ?? ['true', 'false']).filter((word) => word !== null).map((word) => make('option', { value: word, textContent: word })));
		return select;
	}
	if (type === 'object' || type === 'array')
		return make('textarea', { id, spellcheck: false, value: value ?? '' });
	return make('input', { id, type: schema.format === 'password' || id === 'b-password' ? 'password' : 'text', autocomplete: 'off', value: value ?? '',
		inputMode: type === 'integer' ? 'numeric' : 'text' });
}

function field(id, name, schema, { required = false, about = '', value } = {}) {
	const input = control(id, schema, value);
	const hint = [say(about || schema.description), [typeOf(schema), schema.format].filter(Boolean).join(', ')].filter(Boolean).join(' · ');

	input.dataset.name = name;
	input.dataset.type = typeOf(schema);
	input.setAttribute('aria-describedby', id + '-hint');
	return make('div', { className: 'field' }, make('label', { className: 'field-label', htmlFor: id, textContent: required ? name : t('optional', name) }),
		make('span', { className: 'field-hint', id: id + '-hint', textContent: hint }), input);
}

const bodyOf = (operation) => {
	const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];

	return type ? { type, schema: resolve(content.schema) } : null;
};

function choose() {
	const [method, path] = $('operation').value.split(' ');
	const operation = book.paths[path][method];
	const fields = [];

	now = { method, path, operation };
	$('about').textContent = [say(operation.summary), operation['x-roles']?.length ? t('roles', operation['x-roles'].join(', ')) : t('anyone')].join(' ');
	for (const parameter of (operation.parameters ?? []).map(resolve).filter((one) => one.name !== 'Accept-Language')) {
		const input = field(`p-${parameter.name}`, parameter.name, resolve(parameter.schema) ?? {}, { required: parameter.required, about: parameter.description,
			value: parameter.name === 'Idempotency-Key' ? crypto.randomUUID() : undefined });

		input.querySelector('input, select, textarea').dataset.in = parameter.in;
		fields.push(input);
	}
	const body = bodyOf(operation);

	for (const [name, part] of Object.entries(body?.schema?.properties ?? {})) {
		const input = field(`b-${name}`, name, resolve(part), { required: body.schema.required?.includes(name), about: part.description });

		input.querySelector('input, select, textarea').dataset.in = 'body';
		fields.push(input);
	}
	$('fields').replaceChildren(...fields);
	show();
}

function valueOf(input) {
	switch (input.dataset.type) {
	case 'integer': case 'number': return /^-?\d+$/.test(input.value) ? Number(input.value) : input.value;
	case 'boolean': return input.value === 'true';
	case 'object': case 'array': try { return JSON.parse(input.value); } catch { return input.value; }
	default: return input.value;
	}
}

/* What would be sent. */
function request() {
	const headers = { Accept: 'application/json' };
	const query = new URLSearchParams();
	const body = {};
	let path = now.path;

	if ($('token').value.trim())
		headers.Authorization = 'Bearer ' + $('token').value.trim();
	for (const input of $('fields').querySelectorAll('[data-in]')) {
		const { name } = input.dataset;

		if (input.dataset.in === 'path')
			path = path.replace(`{${name}}`, encodeURIComponent(input.value || '0'));
		else if (input.value === '')
			continue;
		else if (input.dataset.in === 'query')
			query.append(name, input.value);
		else if (input.dataset.in === 'header')
			headers[name] = input.value;
		else
			body[name] = valueOf(input);
	}
	const type = bodyOf(now.operation)?.type;

	if (type)
		headers['Content-Type'] = type;
	return { url: path + (query.size ? '?' + query : ''), method: now.method.toUpperCase(), headers, body: type ? JSON.stringify(body) : undefined };
}

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function show() {
	const { url, method, headers, body } = request();

	$('curl').textContent = [`curl ${method === 'GET' ? '' : `-X ${method} `}${quote(location.origin + url)}`,
		...Object.entries(headers).map(([name, value]) => (name === 'Authorization' ? '-H "Authorization: Bearer $TOKEN"' : `-H ${quote(`${name}: ${value}`)}`)),
		...(body ? ['-d ' + quote(body)] : [])].join(' \\\n  ');
}

async function send(event) {
	const { url, method, headers, body } = request();
	const button = $('request').querySelector('[type="submit"]');

	event.preventDefault();
	if (button.getAttribute('aria-busy') === 'true')
		return;
	button.setAttribute('aria-busy', 'true');
	$('answer').hidden = false;
	try {
		const began = performance.now();
		const stop = AbortSignal.timeout(15000);
		const answer = await fetch(url, { method, headers, body, credentials: 'omit', cache: 'no-store', redirect: 'manual', signal: stop });
		const text = await answer.text().catch(() => t('stream'));
		let data = null;

		try { data = JSON.parse(text); } catch { /* not JSON: shown as it is */ }
		$('status').className = answer.ok ? 'status-good' : 'status-bad';
		$('status').textContent = `${answer.status} ${answer.statusText} · ${Math.round(performance.now() - began)} ms`;
		$('headers').textContent = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
		$('body').textContent = (data ? JSON.stringify(data, null, 2) : text).slice(0, BODY_MOST);
		if (answer.ok && typeof data?.access_token === 'string')
			$('token').value = data.access_token;
	} catch (error) {
		$('status').className = 'status-bad';
		$('status').textContent = t('no_answer', error.message);
		$('headers').textContent = $('body').textContent = '';
	} finally {
		button.removeAttribute('aria-busy');
		const key = $('p-Idempotency-Key');

		if (key)
			key.value = crypto.randomUUID();
	}
}

async function start() {
	const read = async (path) => (await fetch(path, { credentials: 'omit' })).json();

	[book, sentences] = await Promise.all([read('/api/v1/openapi.json'), lang === 'en' ? {} : read(`/docs/${lang}/words.json`)]);
	const groups = new Map();

	for (const [path, methods] of Object.entries(book.paths))
		for (const method of METHODS.filter((one) => methods[one])) {
			const tag = methods[method].tags?.[0] ?? '';

			if (!groups.has(tag))
				groups.set(tag, make('optgroup', { label: tag }));
			groups.get(tag).append(make('option', { value: `${method} ${path}`, textContent: `${method.toUpperCase()} ${path}` }));
		}
	$('operation').replaceChildren(...groups.values());
	const wanted = decodeURIComponent(location.hash.slice(1));

	if ([...$('operation').options].some((option) => option.value === wanted))
		$('operation').value = wanted;
	choose();
	$('operation').addEventListener('change', choose);
	$('request').addEventListener('input', show);
	$('request').addEventListener('submit', send);
}

start();
