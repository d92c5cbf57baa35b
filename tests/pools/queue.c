/* SPDX-License-Identifier: MIT */
/* queue.c - a bounded queue with a lock. */
#include "queue.h"

#include <stdlib.h>

int queue_init(struct queue *q, unsigned int max)
{
	q->values = calloc(max, sizeof(*q->values));
	q->max = max;
	q->first = q->nr = 0;
	q->closed = false;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->has_more, NULL);
	pthread_cond_init(&q->has_room, NULL);
	return q->values ? 0 : -1;
}

void queue_push(struct queue *q, void *value)
{
	pthread_mutex_lock(&q->lock);
	while (q->nr == q->max)
		pthread_cond_wait(&q->has_room, &q->lock);
	q->values[(q->first + q->nr++) % q->max] = value;
	pthread_cond_signal(&q->has_more);
	pthread_mutex_unlock(&q->lock);
}

void *queue_pop(struct queue *q)
{
	void *value = NULL;

	pthread_mutex_lock(&q->lock);
	while (q->nr == 0 && !q->closed)
		pthread_cond_wait(&q->has_more, &q->lock);
	if (q->nr > 0) {
		value = q->values[q->first];
		q->values[q->first] = NULL;
		q->first = (q->first + 1) % q->max;
		q->nr--;
		pthread_cond_signal(&q->has_room);
	}
	pthread_mutex_unlock(&q->lock);
	return value;
}

void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->has_more);
	pthread_mutex_unlock(&q->lock);
}
