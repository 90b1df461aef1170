/* words.js -- the words of the live pages, in both languages. The language is the one prefs.js put on <html>. */
const catalogue = {
	ko: {
		brand: '마당', skip: '본문으로 건너뛰기', courses: '강좌', queue: '실시간 대기열', place: '위치',
		pause: '화면 멈춤', resume: '다시 보기', other_lang: 'English', to_dark: '어두운 화면', to_light: '밝은 화면',
		live_connecting: '연결 중', live_open: '실시간', live_lost: '연결 끊김', live_paused: '멈춤',
		lost: '연결이 끊겼습니다. {0} 값입니다. 다시 연결하는 중…', lost_empty: '연결이 끊겼습니다. 다시 연결하는 중…',
		paused: '화면을 멈췄습니다. {0} 값입니다. 신청은 계속 진행됩니다.',
		opens_in: '접수 시작까지 {0} ({1})',
		no_course: '어느 강좌인지 주소에 없습니다. 강좌 목록에서 강좌를 고르세요.',
		unknown_course: '강좌를 찾지 못했습니다. 강좌 목록에서 다시 고르세요.',
		no_right: '대기열은 운영자만 볼 수 있습니다.',
		seats_left: '남은 자리', of_capacity: '정원 {0}명', waiting: '대기', waiting_note: '자리를 기다리는 사람',
		holding: '입장', holding_note: '결제할 차례인 사람', paying_note: '결제가 진행되는 사람', enrolled: '신청 완료', filled: '정원 중 신청 완료',
		rate: '초당 신청', rate_note: '최근 10초 평균',
		holds: '자리를 잡은 사람', holds_empty: '지금 자리를 잡고 있는 사람이 없습니다.',
		heads: '다음 차례', heads_empty: '기다리는 사람이 없습니다.',
		feed: '일어난 일', feed_empty: '아직 일어난 일이 없습니다.', feed_more: '새 항목 {0}건 보기',
		number: '번호', member: '회원', state: '상태', remaining: '남은 시간', joined: '줄 선 시각', over: '끝남',
		summary: '남은 자리 {0}, 대기 {1}명, 입장 {2}명, 결제 중 {3}명, 신청 완료 {4}명',
		title: '{0} · 실시간 대기열 · 마당', opens: '접수 {0}부터 {1}까지', hold: '자리 유지 {0}',
		planned: '접수 예정', open: '접수 중', closed: '마감',
		active: '입장', paying: '결제 중',
		e_joined: '줄 섬', e_offered: '입장', e_paying: '결제 시작', e_enrolled: '신청 완료', e_expired: '시간 지남',
		e_left: '나감', e_cancelled: '취소',
	},
	en: {
		brand: 'Madang', skip: 'Skip to the content', courses: 'Courses', queue: 'Live queue', place: 'Place',
		pause: 'Pause view', resume: 'Resume view', other_lang: '한국어', to_dark: 'Dark', to_light: 'Light',
		live_connecting: 'Connecting', live_open: 'Live', live_lost: 'Connection lost', live_paused: 'Paused',
		lost: 'Connection lost. Values as of {0}. Reconnecting…', lost_empty: 'Connection lost. Reconnecting…',
		paused: 'View paused. Values as of {0}. The queue goes on.',
		opens_in: 'Opens in {0} ({1})',
		no_course: 'The address names no course. Choose one from the list of courses.',
		unknown_course: 'This course was not found. Choose one from the list of courses.',
		no_right: 'Only operators can watch the queue.',
		seats_left: 'Seats left', of_capacity: 'of {0}', waiting: 'Waiting', waiting_note: 'people waiting for a seat',
		holding: 'Admitted', holding_note: 'may pay now', paying_note: 'payment under way', enrolled: 'Enrolled', filled: 'Enrolled of capacity',
		rate: 'Joins per second', rate_note: 'average of 10 seconds',
		holds: 'Holding a seat', holds_empty: 'Nobody holds a seat now.',
		heads: 'Next in line', heads_empty: 'Nobody is waiting.',
		feed: 'Events', feed_empty: 'Nothing has happened yet.', feed_more: 'Show {0} new',
		number: 'No.', member: 'Member', state: 'State', remaining: 'Time left', joined: 'Joined at', over: 'over',
		summary: '{0} seats left, {1} waiting, {2} admitted, {3} paying, {4} enrolled',
		title: '{0} · Live queue · Madang', opens: 'Enrolment {0} to {1}', hold: 'seat held {0}',
		planned: 'Scheduled', open: 'Open', closed: 'Closed',
		active: 'Admitted', paying: 'Paying',
		e_joined: 'Joined', e_offered: 'Admitted', e_paying: 'Paying', e_enrolled: 'Enrolled', e_expired: 'Ran out',
		e_left: 'Left', e_cancelled: 'Cancelled',
	},
};

export const lang = document.documentElement.lang === 'en' ? 'en' : 'ko';
export const otherLang = lang === 'en' ? 'ko' : 'en';

export const hasWord = (key) => Object.hasOwn(catalogue[lang], key);

export const t = (key, ...values) => catalogue[lang][key].replace(/\{(\d)\}/g, (_, i) => values[i]);

/* Fills every element that names its word. */
export function say(root = document) {
	for (const element of root.querySelectorAll('[data-w]'))
		element.textContent = t(element.dataset.w);
}

const seoul = (options) => new Intl.DateTimeFormat(lang, { timeZone: 'Asia/Seoul', hourCycle: 'h23', ...options });
const clock = seoul({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
const weekday = seoul({ weekday: 'short' });
const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Seoul', dateStyle: 'short', timeStyle: 'short' });
const plain = new Intl.NumberFormat(lang);

export const showNumber = (n) => plain.format(n);
export const showClock = (ms) => clock.format(ms);
/* 2026-11-20 (금) 14:05, as everywhere in the console */
export const showWhen = (ms) => day.format(ms).replace(' ', ` (${weekday.format(ms)}) `);

/* 9:58, 1:09:58 */
export function showSpan(ms) {
	const s = Math.max(0, Math.ceil(ms / 1000));
	const two = (n) => String(n).padStart(2, '0');
	const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];

	return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}
