/* words.js -- the few words that scripts say themselves, in the language of the page. All else comes from the server. */
const catalogue = {
	ko: {
		page_all: '이 페이지 {0}건 고르기', picked: '{0}건 선택', picked_more: '{0}건 선택 (다른 페이지 {1}건 포함)', picked_none: '선택한 항목이 없습니다',
		row: '{0}/{1}행', new_rows: '새 항목 {0}건 보기', shown: '새 항목 {0}건을 보였습니다',
		lost: '연결이 끊겼습니다. {0} 값입니다. 다시 연결하는 중…', copied: '복사했습니다',
		draft: '보내지 않은 입력이 이 탭에 남아 있습니다.', draft_take: '되살리기', draft_drop: '지우기',
		keys: '단축키', keys_single: '글자 하나짜리 단축키 쓰기', keys_off: '글자 하나짜리 단축키를 껐습니다.', close: '닫기',
		keys_page: '이 화면', keys_go: '이동', keys_list: '목록', keys_all: '어디서나',
		k_palette: '찾기와 이동', k_help: '단축키 보기', k_down: '다음 행', k_up: '앞 행', k_pick: '행 고르기', k_range: '여기까지 고르기',
		k_page: '이 페이지 모두 고르기', k_filter: '조건으로', k_views: '내 보기로', k_aside: '옆에 열기', k_open: '열기', k_clear: '선택 지우기', k_next: '다음 변경', k_prev: '앞 변경',
		change: '변경 {0}/{1}', loading: '읽는 중', searching: '찾는 중', found: '{0}건', none: '찾은 것이 없습니다. Enter를 누르면 전체에서 찾습니다.',
		no_answer: '지금은 바로 찾을 수 없습니다. Enter를 누르면 전체에서 찾습니다.',
		member: '회원', course: '강좌', request: '변경 요청', payment: '결제', instructor: '강사', page: '화면', enrolment: '신청', refund: '환불',
	},
	en: {
		page_all: 'Select the {0} on this page', picked: '{0} selected', picked_more: '{0} selected ({1} on other pages)', picked_none: 'Nothing selected',
		row: 'Row {0} of {1}', new_rows: 'Show {0} new', shown: '{0} new shown',
		lost: 'Connection lost. Values as of {0}. Reconnecting…', copied: 'Copied',
		draft: 'What you typed and did not send is still in this tab.', draft_take: 'Restore', draft_drop: 'Discard',
		keys: 'Keyboard shortcuts', keys_single: 'Use shortcuts of a single letter', keys_off: 'Shortcuts of a single letter are off.', close: 'Close',
		keys_page: 'This page', keys_go: 'Go to', keys_list: 'List', keys_all: 'Everywhere',
		k_palette: 'Search and go', k_help: 'Keyboard shortcuts', k_down: 'Next row', k_up: 'Previous row', k_pick: 'Select the row', k_range: 'Select up to here',
		k_page: 'Select the page', k_filter: 'To the filters', k_views: 'To my views', k_aside: 'Open beside the list', k_open: 'Open', k_clear: 'Clear the selection', k_next: 'Next change', k_prev: 'Previous change',
		change: 'Change {0} of {1}', loading: 'Loading', searching: 'Searching', found: '{0} found', none: 'Nothing found. Enter searches everything.',
		no_answer: 'No quick answer right now. Enter searches everything.',
		member: 'Members', course: 'Courses', request: 'Change requests', payment: 'Payments', instructor: 'Instructors', page: 'Pages', enrolment: 'Enrolments', refund: 'Refunds',
	},
};

export const lang = document.documentElement.lang === 'en' ? 'en' : 'ko';

/* {t, hasWord} over a catalogue of both languages. */
export const wordsOf = (all) => ({
	hasWord: (key) => Object.hasOwn(all[lang], key),
	t: (key, ...values) => all[lang][key].replace(/\{(\d)\}/g, (_, i) => values[i]),
});
export const { t, hasWord } = wordsOf(catalogue);

const plain = new Intl.NumberFormat(lang);
export const showNumber = (n) => plain.format(n);

const clock = new Intl.DateTimeFormat(lang, { timeZone: 'Asia/Seoul', hourCycle: 'h23', hour: '2-digit', minute: '2-digit', second: '2-digit' });
export const showClock = (ms) => clock.format(ms);

export function make(tag, properties = {}, ...children) {
	const element = Object.assign(document.createElement(tag), properties);

	element.append(...children);
	return element;
}

/* Writes only what differs, so that a selection of text in what stays the same survives. */
export function put(element, text) {
	if (element.textContent !== text)
		element.textContent = text;
}

/* Says it to who listens instead of looking. */
let voice;
export function announce(text) {
	if (!voice) {
		voice = make('div', { className: 'sr-only', id: 'kit-voice' });
		voice.setAttribute('role', 'status');
		(document.getElementById('main') ?? document.body).append(voice);
	}
	voice.textContent = '';
	requestAnimationFrame(() => { voice.textContent = text; });
}
