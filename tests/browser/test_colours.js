/* test_colours.js -- the contrast of every pair of tokens, by the formula of WCAG 2, read from the style sheet itself. */
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { holds, none, same, test } from './kit.js';

const file = (name) => readFileSync(new URL('../../static/admin/' + name, import.meta.url));
const SHEETS = ['madang.css', 'parts.css', 'pages.css', 'print.css'];
const css = SHEETS.map((name) => file(name).toString()).join('\n');
const tokens = new Map([...css.matchAll(/--([a-z0-9-]+): light-dark\(#([0-9A-F]{6}), #([0-9A-F]{6})\)/g)].map((m) => [m[1], [m[2], m[3]]]));

function luminance(hex) {
	const [r, g, b] = [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
		.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));

	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(front, back, dark) {
	const [a, b] = [front, back].map((name) => luminance(tokens.get(name)[dark]));

	return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const TEXT = [
	['text', 'surface'], ['text', 'bg'], ['text-2', 'surface'], ['text-2', 'bg'], ['text-2', 'sunken'],
	['text-3', 'surface'], ['text-3', 'bg'], ['text-3', 'sunken'],
	['primary', 'surface'], ['primary', 'bg'], ['primary', 'primary-bg'], ['text', 'primary-bg'],
	['on-primary', 'primary'], ['on-primary', 'primary-hover'], ['primary-hover', 'surface'],
	['ok', 'ok-bg'], ['warn', 'warn-bg'], ['bad', 'bad-bg'], ['bad', 'surface'], ['bad', 'bg'], ['info', 'info-bg'], ['live', 'live-bg'],
	['del', 'del-bg'], ['text', 'del-bg'], ['ins', 'ins-bg'], ['text', 'ins-bg'], ['text', 'bad-bg'], ['text-2', 'bad-bg'], ['text-3', 'bad-bg'],
];
const SHAPES = [['field', 'surface'], ['field', 'bg'], ['focus', 'surface'], ['focus', 'bg'], ['ok', 'surface'], ['warn', 'surface']];

for (const [dark, theme] of ['light', 'dark'].entries())
	test(`every pair of colours can be told apart in the ${theme} theme`, () => {
		for (const [pairs, least] of [[TEXT, 4.5], [SHAPES, 3]])
			for (const [front, back] of pairs)
				holds(contrast(front, back, dark) >= least, `${front} on ${back}: ${contrast(front, back, dark).toFixed(2)}, wanted ${least}`);
	});

test('the style sheet, the scripts and the icons stay small', () => {
	const weight = (...names) => names.reduce((sum, name) => sum + gzipSync(file(name)).length, 0);

	for (const [what, bytes, most] of [
		['style', weight(...SHEETS), 14000],
		['icons', weight('icons.svg'), 6000],
		['scripts of a page', weight('kit.js', 'live.js'), 12000],
		['scripts of a live page', weight('kit.js', 'live.js', 'live/words.js', 'live/queue.js'), 18000],
	])
		holds(bytes <= most, `${what}: ${bytes} bytes, wanted ${most} at most`);
});

test('both languages of the live pages have the same words', () => {
	const words = file('live/words.js').toString().split('\n};')[0];
	const [ko, en] = words.split(/^\ten: \{$/m).map((half) => [...half.matchAll(/\b([a-z_]+): '/g)].map((m) => m[1]).sort().join(' '));

	holds(ko.length > 0 && ko === en, `ko: ${ko}\nen: ${en}`);
});

/* The text of all templates, scripts and C files of these names. */
const everything = (names) => ['templates', 'static', 'fcgi-app'].flatMap((folder) => readdirSync(new URL(`../../${folder}/`, import.meta.url), { recursive: true })
	.filter((name) => names.test(name)).map((name) => readFileSync(new URL(`../../${folder}/${name}`, import.meta.url)).toString())).join('\n');

test('every class that the style sheets name is given by a template, a script or a C file', () => {
	const given = everything(/\.(html|js|c)$/);
	const rules = css.replace(/\/\*[^]*?\*\//g, '').replace(/\{[^{}]*\}/g, '{}').replace(/"[^"]*"/g, '');
	const names = new Set([...rules.matchAll(/\.([a-z][a-z0-9-]*)/g)].map((m) => m[1]));

	none([...names].filter((name) => !new RegExp(`\\b${name}\\b(?!-)`).test(given)), 'classes that nothing has');
});

test('every icon that is asked for is in the sprite, and no two look the same', () => {
	const sprite = file('icons.svg').toString();
	const drawn = [...sprite.matchAll(/<symbol id="([a-z]+)"[^>]*>([^]*?)<\/symbol>/g)].map(([, name, lines]) => [name, lines]);
	const asked = everything(/\.html$/).matchAll(/icons\.svg#([^"]*)"|\{\{\$icon\}\}([a-z]+)\{\{/g);
	const names = new Set([...asked].flatMap(([, link, icon]) => icon ?? link.replace(/\{\{\$.*?\}\}(.*?)\{\{.*?\}\}/g, '$1').split(/\{\{[^}]*\}\}/)).filter(Boolean));

	none([...names].filter((name) => !drawn.some(([one]) => one === name)), 'icons that are not drawn');
	same(new Set(drawn.map(([, lines]) => lines)).size, drawn.length, 'different drawings');
});
