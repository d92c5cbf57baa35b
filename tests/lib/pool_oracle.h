/* SPDX-License-Identifier: MIT */
/*
 * pool_oracle.h - what the files of the pool oracle share.
 *
 * The oracle computes every number of docs/pools.md from `pooltrace dump --json` in the most
 * obvious way: it keeps all events and every piece of every object's life, and looks at all of
 * them for each question. It shares no line with the analyzer and was written from that page alone.
 */
#ifndef POOL_ORACLE_H
#define POOL_ORACLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NONE	 SIZE_MAX
#define AGES_NR	 40
#define NAME_MAX_ 63 /* bytes of a name that are kept */

enum kind {
	K_OTHER,
	K_GET,
	K_PUT,
	K_MISS,
	K_STOCK,
	K_DROP,
	K_PURGE,
	K_MOVE,
	K_RESIZE,
	K_CREATE,
	K_DESTROY,
	K_SHARD_NAME,
	K_POOL_LAST = K_SHARD_NAME,
	K_MARK,
	K_PAUSE,
	K_RESUME,
	K_ALLOC,
	K_FREE,
	K_REALLOC_BEGIN,
	K_REALLOC_END,
	K_REALLOC_FAILED,
	K_REALLOC_FREED,
	K_RSS,
	K_EXIT,
	K_NR
};

enum shard_kind { SHARD_NUMBER, SHARD_THREAD, SHARD_ALL };

struct event {
	enum kind kind;
	enum shard_kind shard_kind;
	bool anomaly;
	uint64_t time_ns; /* never runs backwards */
	uint64_t thread;  /* serial */
	uint64_t cpu;
	size_t site; /* in oracle.sites */
	uint64_t pool, addr, new_addr, old_addr, bytes, shard;
	uint64_t anon_bytes;
	char *text;
	/* Found by the replay, of pool events: */
	size_t row, instance;
	size_t ended_row;   /* K_CREATE where another instance lived: its row, else NONE */
	size_t shard_index; /* of the row, NONE */
	bool one_size;	    /* of the row, right before the event */
};

/* A call site: frames that read the same. */
struct site {
	char *frames; /* "module+offset module+offset ..." */
};

enum state { UNKNOWN, USED, IDLE };

/* What an object is for a while. In use: of its get. Idle: of its put; the shard is where it sits. */
struct hold {
	enum state state;
	uint64_t addr, bytes, created;
	size_t shard; /* index in the row */
	uint64_t thread, cpu;
	size_t site;
	uint64_t since_ns;
};

/* A stretch of an object's life in which nothing about it changes: after event `from`, until event `to`. */
struct piece {
	struct hold hold;
	size_t instance;
	size_t from, to; /* events; to = NONE: until the end */
	uint64_t from_ns, to_ns;
};

enum what {
	S_HIT,
	S_MISS,
	S_REGOT,
	S_PUT,
	S_FOREIGN,
	S_UNSEEN, /* a put of what was got in a pause */
	S_REPUT,
	S_STOCK,
	S_DROP,
	S_PURGE,
	S_VANISH,
	S_DESTROY,
	S_MOVE,
	S_RESIZE
};

/* One event did one thing to one object. */
struct step {
	enum what what;
	size_t event;
	size_t instance;
	struct hold before, after; /* state UNKNOWN: not in the pool */
	struct hold other;	   /* S_FOREIGN: who knows it elsewhere */
	bool others_tie;	   /* S_FOREIGN: no telling which of several */
};

struct shard {
	uint64_t slot;
	bool of_thread;
	uint64_t number; /* or serial of the thread */
	char name[NAME_MAX_ + 1];
};

enum by { BY_POOL, BY_SHARD, BY_THREAD, BY_CPU, BY_SITE, BY_NR };

/* One row of a table. */
struct metrics {
	uint64_t gets, puts, hits, misses, steals, stolen;
	uint64_t stocked, drops, purged, vanished;
	uint64_t stranded_misses, stranded_bytes, ambiguous_misses;
	uint64_t in_use_objects, in_use_bytes, idle_objects, idle_bytes;
	uint64_t peak_in_use_bytes, peak_idle_bytes, peak_held_bytes;
	uint64_t idle_at_peak_bytes, in_use_at_peak_bytes;
	double hoard_byte_seconds;
	uint64_t dead_hoard_objects, dead_hoard_bytes, late_reuse_objects, late_reuse_bytes;
	uint64_t ratchet_bytes;
	uint64_t regretted_drops, regretted_bytes, useful_drops;
};

struct group {
	uint64_t *keys;
	size_t nr;
	struct metrics *rows;
	/* By moment and key: bytes right after the events of row.moments. */
	uint64_t *used, *idle;
};

struct age_histogram {
	uint64_t objects[AGES_NR], bytes[AGES_NR];
};

struct row {
	char name[NAME_MAX_ + 1];
	char source[NAME_MAX_ + 1];
	size_t instances_nr, slots_nr;
	size_t creates_nr;
	uint64_t object_bytes; /* of the first create */
	bool one_size;
	uint64_t stray_drops, stray_moves, stray_resizes;
	struct shard *shards;
	size_t shards_nr, shards_room;
	struct piece *pieces;
	size_t pieces_nr, pieces_room;
	struct step *steps;
	size_t steps_nr, steps_room;
	size_t *moments; /* events at which a piece begins or ends, in order */
	size_t moments_nr;
	struct group groups[BY_NR];
	size_t peak_moment, peak_used_moment; /* indexes in moments[], NONE: nothing was ever held */
	json_t *json;
};

struct instance {
	uint64_t addr;
	size_t row;
	uint64_t slot;
	uint64_t bytes;
	bool alive;
};

struct shard_name {
	size_t row;
	uint64_t slot;
	bool of_thread;
	uint64_t number;
	char name[NAME_MAX_ + 1];
};

struct oracle {
	struct event *events;
	size_t events_nr, events_room;
	struct site *sites;
	size_t sites_nr, sites_room;
	size_t *site_of_stack; /* NONE: frames not seen */
	size_t stacks_nr;
	struct row *rows;
	size_t rows_nr, rows_room;
	struct instance *instances;
	size_t instances_nr, instances_room;
	struct shard_name *names;
	size_t names_nr, names_room;
	uint64_t end_ns;
	uint64_t dead_after_ns, regret_within_ns, limit_bytes;
};

/* PUSH - one more element at the end of an array with NAME_nr and NAME_room beside it. */
#define PUSH(array, nr, room) \
	((nr) == (room) ? (void)((array) = pool_oracle_grow((array), &(room), sizeof(*(array)))) : (void)0, \
	 &(array)[(nr)++])

void *pool_oracle_grow(void *array, size_t *room, size_t element_bytes);
void *pool_oracle_room(size_t nr, size_t element_bytes); /* zeroed; exits when there is none */
void pool_oracle_die(int status, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

/* pool_oracle_load() - reads the dump. */
void pool_oracle_load(struct oracle *o, const char *path);
/* Where an event happened: instances and shards, NONE when there is none. */
size_t pool_oracle_instance_at(const struct oracle *o, uint64_t addr);
size_t pool_oracle_create(struct oracle *o, const struct event *ev);
size_t pool_oracle_first_use(struct oracle *o, const struct event *ev);
size_t pool_oracle_shard(struct oracle *o, const struct event *ev, bool make);
void pool_oracle_name_shard(struct oracle *o, const struct event *ev);
void pool_oracle_apply_names(struct oracle *o);

/* pool_oracle_replay() - fills rows, instances, pieces and steps. */
void pool_oracle_replay(struct oracle *o);

/* Tables: the keys of each, where a hold or an event belongs, and bytes by moment. */
void pool_oracle_group(const struct oracle *o, struct row *r);
uint64_t pool_oracle_key(const struct hold *h, enum by by);
uint64_t pool_oracle_event_key(const struct event *ev, enum by by);
struct metrics *pool_oracle_row(struct row *r, enum by by, uint64_t key); /* NULL: no such row */
size_t pool_oracle_key_index(const struct group *g, uint64_t key);
bool pool_oracle_is_of(const struct event *ev, size_t row); /* an event of that pool */
bool pool_oracle_alive(const struct piece *p, size_t event); /* right after it */

/* Each fills its metrics of all tables, and its keys of row.json. */
void pool_oracle_counts(const struct oracle *o, struct row *r);
void pool_oracle_starving(const struct oracle *o, struct row *r);
void pool_oracle_ages(const struct oracle *o, struct row *r);
void pool_oracle_flow(const struct oracle *o, struct row *r);
void pool_oracle_regret(const struct oracle *o, struct row *r);
void pool_oracle_leaks(const struct oracle *o, struct row *r);
void pool_oracle_waterfall(const struct oracle *o, struct row *r);
void pool_oracle_misuse(const struct oracle *o, struct row *r);
/* Last: metrics into row.json; and what shards have beyond them. */
void pool_oracle_tables(const struct oracle *o, struct row *r);
void pool_oracle_shard_ages(const struct oracle *o, struct row *r);
void pool_oracle_series(const struct oracle *o, struct row *r);
/* What is about all pools: layers, marks, pauses, limits. */
json_t *pool_oracle_whole(const struct oracle *o, const json_t *document);

/* pool_oracle_merge_ties() - one row for all foreign puts of a site of whom one has no certain other. */
void pool_oracle_merge_ties(const struct oracle *o, const struct row *r, json_t *misuse);

/* A histogram as the report writes it. */
void pool_oracle_age(struct age_histogram *h, uint64_t age_ns, uint64_t bytes);
json_t *pool_oracle_age_json(const struct age_histogram *h);

/* A sparse matrix by key; `from` and `to` are keys of a table. */
struct cell {
	uint64_t from, to, objects, bytes;
};
struct matrix {
	struct cell *cells;
	size_t nr, room;
};
void pool_oracle_cell(struct matrix *m, uint64_t from, uint64_t to, uint64_t bytes);
json_t *pool_oracle_matrix_json(struct matrix *m); /* frees the cells */

/* Values beside each other. pool_oracle_values() - prints what differs; key: of the table that a and b are. */
struct compare {
	const char *pool;
	size_t compared, differ;
};
void pool_oracle_values(struct compare *c, const char *path, const char *key, const json_t *report,
			const json_t *oracle);
void pool_oracle_differs(struct compare *c, const char *path, const json_t *report, const json_t *oracle);

/* pool_oracle_compare() - prints every difference; returns how many. *compared: values looked at. */
size_t pool_oracle_compare(struct oracle *o, const char *report_path, size_t *compared);

void pool_oracle_set(json_t *object, const char *key, json_t *value);
json_t *pool_oracle_number(uint64_t value);

#endif
