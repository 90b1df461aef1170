/* live/words.js -- the words that the live pages say themselves, in both languages. */
import { lang, wordsOf } from '../words.js';

const catalogue = {
	ko: {
		courses: '강좌',
		pause: '화면 멈춤', resume: '다시 보기',
		live_connecting: '연결 중', live_idle: '새 값을 기다리지 않음', live_open: '실시간', live_lost: '연결 끊김', live_paused: '멈춤',
		lost: '연결이 끊겼습니다. {0} 값입니다. 다시 연결하는 중…', lost_empty: '연결이 끊겼습니다. 다시 연결하는 중…',
		paused: '화면을 멈췄습니다. {0} 값입니다. 신청은 계속 진행됩니다.',
		opens_when: '{0}에 시작합니다',
		ready_status: '접수 중으로 바꾼 강좌', ready_status_not: '아직 접수 중으로 바꾸지 않았습니다. 시작 시각이 되어도 열리지 않습니다',
		ready_seats: '좌석 {0}자리', ready_seats_not: '남은 자리가 없습니다', ready_price: '수강료 {0}원', ready_free: '무료 강좌',
		ready_sessions: '수업 {0}번', ready_sessions_not: '수업 일정이 없습니다', ready_window: '{0}에 마감', ready_window_not: '마감이 시작보다 빠릅니다',
		chart_said: '15분 동안 대기 {0}명에서 {1}명, 신청 완료 {2}명에서 {3}명', now: '지금', minutes_ago: '{0}분 전',
		do_stop: '접수 일시 중지', do_go: '접수 재개',
		stop_means: '새로 줄 설 수 없습니다. 기다리는 {0}명은 그대로 남고, 다시 열 때까지 자리를 받지 않습니다.',
		go_means: '다시 줄 설 수 있고, 기다리는 {0}명에게 남은 자리 {1}개가 차례로 갑니다.',
		seats_mean: '정원이 {0}명에서 {1}명이 됩니다. 앞에서부터 {2}명이 바로 자리를 받습니다.', seats_mean_closed: '정원이 {0}명에서 {1}명이 됩니다. 접수를 재개하면 자리가 갑니다.',
		done_stop: '접수를 멈췄습니다', done_go: '접수를 재개했습니다', done_seats: '정원을 {0}명으로 늘렸습니다', not_done: '하지 못했습니다. 잠시 뒤 다시 시도하세요',
		unknown_course: '강좌를 찾지 못했습니다. 강좌 목록에서 다시 고르세요.',
		no_right: '대기열은 운영자만 볼 수 있습니다.',
		of_capacity: '정원 {0}명',
		feed_more: '새 항목 {0}건 보기',
		number: '번호', state: '상태', remaining: '남은 시간', joined: '줄 선 시각', over: '끝남',
		summary: '남은 자리 {0}, 대기 {1}명, 입장 {2}명, 결제 중 {3}명, 신청 완료 {4}명',
		title: '{0} · 실시간 대기열 · 마당', opens: '접수 {0}부터 {1}까지', hold: '자리 유지 {0}',
		planned: '접수 예정', open: '접수 중', closed: '마감',
		active: '입장', paying: '결제 중',
		e_joined: '줄 섬', e_offered: '입장', e_enrolled: '신청 완료', e_expired: '시간 지남',
		e_left: '나감', e_cancelled: '취소',
	},
	en: {
		courses: 'Courses',
		pause: 'Pause view', resume: 'Resume view',
		live_connecting: 'Connecting', live_idle: 'Not watching for news', live_open: 'Live', live_lost: 'Connection lost', live_paused: 'Paused',
		lost: 'Connection lost. Values as of {0}. Reconnecting…', lost_empty: 'Connection lost. Reconnecting…',
		paused: 'View paused. Values as of {0}. The queue goes on.',
		opens_when: 'Opens {0}',
		ready_status: 'Set to open', ready_status_not: 'Not set to open yet: it will not begin by itself',
		ready_seats: '{0} seats', ready_seats_not: 'No seats left', ready_price: 'Price ₩{0}', ready_free: 'Free of charge',
		ready_sessions: '{0} sessions', ready_sessions_not: 'No sessions yet', ready_window: 'Closes {0}', ready_window_not: 'It closes before it opens',
		chart_said: 'In 15 minutes waiting went from {0} to {1}, enrolled from {2} to {3}', now: 'now', minutes_ago: '{0} min ago',
		do_stop: 'Pause enrolment', do_go: 'Resume enrolment',
		stop_means: 'Nobody new can join. The {0} who wait stay, and get no seats until it is resumed.',
		go_means: 'People can join again, and {1} free seats go to the {0} who wait, in their order.',
		seats_mean: 'Capacity goes from {0} to {1}. The first {2} in line get a seat at once.', seats_mean_closed: 'Capacity goes from {0} to {1}. Seats are passed on once enrolment is resumed.',
		done_stop: 'Enrolment is paused', done_go: 'Enrolment is resumed', done_seats: 'Capacity is now {0}', not_done: 'That did not work. Try again shortly',
		unknown_course: 'This course was not found. Choose one from the list of courses.',
		no_right: 'Only operators can watch the queue.',
		of_capacity: 'of {0}',
		feed_more: 'Show {0} new',
		number: 'No.', state: 'State', remaining: 'Time left', joined: 'Joined at', over: 'over',
		summary: '{0} seats left, {1} waiting, {2} admitted, {3} paying, {4} enrolled',
		title: '{0} · Live queue · Madang', opens: 'Enrolment {0} to {1}', hold: 'seat held {0}',
		planned: 'Scheduled', open: 'Open', closed: 'Closed',
		active: 'Admitted', paying: 'Paying',
		e_joined: 'Joined', e_offered: 'Admitted', e_enrolled: 'Enrolled', e_expired: 'Ran out',
		e_left: 'Left', e_cancelled: 'Cancelled',
	},
};

export const { t, hasWord } = wordsOf(catalogue);

const seoul = (locale, options) => new Intl.DateTimeFormat(locale, { timeZone: 'Asia/Seoul', ...options });
const weekday = seoul(lang, { weekday: 'short' });
const day = seoul('sv-SE', { dateStyle: 'short', timeStyle: 'short' });

/* 2026-11-20 (금) 14:05, as everywhere in the console */
export const showWhen = (ms) => day.format(ms).replace(' ', ` (${weekday.format(ms)}) `);

/* 9:58, 1:09:58 */
export function showSpan(ms) {
	const s = Math.max(0, Math.ceil(ms / 1000));
	const two = (n) => String(n).padStart(2, '0');
	const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];

	return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}
