/* chart.js -- the last fifteen minutes of a queue, as lines. What this tab has seen is kept in it over a reload. */
import { memory } from '../form.js';
import { put, showNumber } from '../words.js';
import { t } from './words.js';

const SPAN_MS = 15 * 60000;
const STEP_MS = 1000;
const [HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [180, 44, 22, 10, 10];      /* pixels, so that text has its size on any screen */
const SERIES = ['waiting', 'held', 'enrolled'];
let points = null;      /* {at, waiting, held, enrolled}, the oldest first */
let drawnAt = 0;

export function sample(courseId, at, data) {
	const key = 'chart:' + courseId;

	if (!points) {
		points = (memory.get(key) ?? []).filter((one) => one.at > at - SPAN_MS && one.at < at);
		addEventListener('pagehide', () => memory.set(key, points));
	}
	const last = points.at(-1);
	const now = { at, ...Object.fromEntries(SERIES.map((name) => [name, data[name] ?? last?.[name] ?? 0])) };

	/* The newest of each second. */
	if (last && Math.floor(last.at / STEP_MS) === Math.floor(at / STEP_MS))
		points[points.length - 1] = now;
	else
		points.push(now);
	while (points.length && points[0].at < at - SPAN_MS)
		points.shift();
}

function shape(tag, attributes, text = '') {
	const element = document.createElementNS('http://www.w3.org/2000/svg', tag);

	for (const [name, value] of Object.entries(attributes))
		element.setAttribute(name, value);
	element.textContent = text;
	return element;
}

/* 2, 4, 6, 8, 10, 20, 40 … above it: half of it is a whole number as well. */
function roundUp(n) {
	const ten = 10 ** Math.floor(Math.log10(Math.max(1, n)));

	return [2, 4, 6, 8, 10, 20].map((k) => k * ten).find((k) => k >= n);
}

export function drawChart(now) {
	const svg = document.getElementById('chart');

	if (!points?.length || performance.now() - drawnAt < STEP_MS / 2 && drawnAt)
		return;
	drawnAt = performance.now();

	const width = Math.max(240, svg.clientWidth);

	const top = Math.max(4, roundUp(Math.max(...points.flatMap((point) => SERIES.map((name) => point[name])))));
	const x = (at) => (LEFT + (width - LEFT - RIGHT) * (1 - (now - at) / SPAN_MS)).toFixed(1);
	const y = (n) => (HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * n / top).toFixed(1);
	const parts = [0, top / 2, top].flatMap((n) => [
		shape('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y(n), y2: y(n) }),
		shape('text', { x: LEFT - 6, y: Number(y(n)) + 4, 'text-anchor': 'end' }, showNumber(n)),
	]);

	for (const minutes of [15, 10, 5, 0])
		parts.push(shape('text', { x: x(now - minutes * 60000), y: HEIGHT - 4, 'text-anchor': minutes === 15 ? 'start' : minutes ? 'middle' : 'end' },
			minutes ? t('minutes_ago', minutes) : t('now')));
	for (const name of SERIES)
		parts.push(shape('polyline', { class: 's-' + name, points: points.map((point, i) =>
			/* steps: a number stands until the next one comes */
			(i ? `${x(point.at)},${y(points[i - 1][name])} ` : '') + `${x(point.at)},${y(point[name])}`).join(' ') }));
	svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
	svg.replaceChildren(...parts);
	put(document.getElementById('chart-said'), t('chart_said', ...['waiting', 'enrolled'].flatMap((name) => [points[0][name], points.at(-1)[name]].map(showNumber))));
}
