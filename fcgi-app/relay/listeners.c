/* relay/listeners.c -- the two lists. A module that listens or has jobs stands here. */
#include "relay/listeners.h"

#include "change/change.h"
#include "course/course.h"
#include "enrolment/enrolment.h"
#include "mail_out/mail_out.h"
#include "notify/notify_mail.h"
#include "payment/payment.h"
#include "queue/queue_jobs.h"
#include "refund/refund.h"
#include "relay/relay_jobs.h"
#include "staff_log/staff_log.h"

static const struct listener *const listeners[] = { mail_out_listeners, notify_listeners, queue_listeners, course_listeners, enrolment_listeners,
	payment_listeners, refund_listeners };
static const struct job *const jobs[] = { staff_log_jobs, queue_jobs, payment_jobs, refund_jobs, change_jobs, relay_jobs };

enum { LISTENERS = sizeof(listeners) / sizeof(listeners[0]), JOBS = sizeof(jobs) / sizeof(jobs[0]) };

size_t listener_count(void)
{
	size_t n = 0;

	for (size_t i = 0; i < LISTENERS; i++)
		for (const struct listener *l = listeners[i]; l->type; l++)
			n++;
	return n;
}

const struct listener *listener_at(size_t nth)
{
	for (size_t i = 0; i < LISTENERS; i++)
		for (const struct listener *l = listeners[i]; l->type; l++)
			if (nth-- == 0)
				return l;
	return NULL;
}

size_t job_count(void)
{
	size_t n = 0;

	for (size_t i = 0; i < JOBS; i++)
		for (const struct job *j = jobs[i]; j->name; j++)
			n++;
	return n;
}

const struct job *job_at(size_t nth)
{
	for (size_t i = 0; i < JOBS; i++)
		for (const struct job *j = jobs[i]; j->name; j++)
			if (nth-- == 0)
				return j;
	return NULL;
}
