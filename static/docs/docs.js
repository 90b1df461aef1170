/* docs.js -- the reference without it is whole; it adds a box that leaves only what holds the words typed, and the other
 * language opens at the place where one is. */
import { wordsOf } from '../admin/words.js';

const { t } = wordsOf({
	ko: { filter: '입력한 낱말이 모두 든 것만 보기', found: '{1}개 중 {0}개' },
	en: { filter: 'Only with these words', found: '{0} of {1}' },
});
const main = document.getElementById('main');
const parts = [...main.querySelectorAll('section.route, table tbody tr[id], .wide > table:not(section table) > tbody > tr')].filter((part) => !part.parentElement.closest('section.route'));

if (parts.length > 3) {
	const box = document.createElement('form');
	const label = document.createElement('label');
	const input = document.createElement('input');
	const said = document.createElement('p');

	box.className = 'filter';
	box.setAttribute('role', 'search');
	label.htmlFor = input.id = 'filter';
	label.textContent = t('filter');
	input.type = 'search';
	input.autocomplete = 'off';
	said.className = 'dim';
	said.setAttribute('role', 'status');
	box.append(label, input, said);
	main.querySelector('h1').after(box);
	box.addEventListener('submit', (event) => event.preventDefault());
	input.addEventListener('input', () => {
		const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
		let n = 0;

		for (const part of parts) {
			part.hidden = !words.every((word) => part.textContent.toLowerCase().includes(word));
			n += !part.hidden;
		}
		said.textContent = words.length ? t('found', n, parts.length) : '';
	});
}

const other = document.querySelector('nav .other');

other.addEventListener('click', () => { other.hash = location.hash; });
