/* requests.js -- instructors with courses of their own, and what they ask to have changed. */
import { ask, clientOf, newCourse, newPerson } from './kit.js';

export const OPERATOR = 'operator@madang.example';
export const TEACHER = 'teacher@madang.example';

/* Somebody new who teaches: their login, a client of theirs, and the instructor that they are. */
export async function newTeacher(name = '하도리') {
	const person = await newPerson(name);
	const staff = await clientOf(OPERATOR);
	const { id } = await ask(person.client, 'GET', 'me');
	const instructor = await ask(staff, 'POST', 'admin/instructors', { member_id: id, name });

	return { ...person, staff, instructor };
}

export const taughtCourse = (teacher, options = {}) => newCourse(teacher.staff, { capacity: 12, ...options, instructor: teacher.instructor });

const edits = [
	(n) => ({ title: `가을 수채화 심화 ${n}` }),
	(n) => ({ price: 60000 + n * 1000 }),
	(n) => ({ capacity: 20 + n }),
	(n) => ({ description: `물과 색을 다루는 법을 천천히 배웁니다. ${n}번째 안내입니다.` }),
];

export const fileRequest = (teacher, course, changes) =>
	ask(teacher.client, 'POST', 'teach/requests', { course_id: course.id, kind: 'edit', changes, note: '수강생 요청이 많았습니다.' });

/* Requests that wait for a decision, each on a course of its own; the oldest first. */
export async function fileRequests(teacher, many) {
	const made = [];

	for (let n = 0; n < many; n++) {
		const course = await taughtCourse(teacher, { title: `가을 수채화 기초 ${n + 1}반` });

		made.push(await fileRequest(teacher, course, edits[n % edits.length](n)));
	}
	return made;
}

/* Forgets what operators have staged: their check page shows all of it. */
export async function stageNothing(staff) {
	for (const { id } of (await ask(staff, 'GET', 'admin/requests?state=submitted&limit=100')).data.filter((one) => one.staged !== 'none'))
		await ask(staff, 'PUT', `admin/requests/${id}/stage`, { decision: 'none' });
}

/* What operators and courses say of it afterwards. */
export const requestNow = (teacher, id) => ask(teacher.staff, 'GET', `admin/requests/${id}`);
