/* SPDX-License-Identifier: MIT */
/* queue.h - a bounded queue with a lock, from those who get buffers to those who put them. */
#ifndef TESTS_QUEUE_H
#define TESTS_QUEUE_H

#include <pthread.h>
#include <stdbool.h>

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t has_more, has_room;
	void **values; /* a ring */
	unsigned int max, first, nr;
	bool closed;
};

/* queue_init() - 0, or -1: no memory. */
int queue_init(struct queue *q, unsigned int max);
/* queue_push() waits for room. queue_pop() waits for a value; NULL: closed and empty. */
void queue_push(struct queue *q, void *value);
void *queue_pop(struct queue *q);
void queue_close(struct queue *q);

#endif
