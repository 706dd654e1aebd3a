// The driver in C: it walks lists of entries (src/codegen/wasm/driver.ts says what they hold), on one thread or on several.
import { ENTRY } from "../../kernel/entry.ts";

/**
 * `recurra_open` gives an engine, which has a table of kernels; `recurra_reserve` makes room in the table; `recurra_run` runs a list on each
 * thread. Threads are started once for a process, and sleep while nothing runs. Engines of several threads of the host take turns.
 */
export const DRIVER = String.raw`
#include <pthread.h>
#include <stdlib.h>

/* A thread that waits looks so many times before it sleeps, for some 50 microseconds. */
#define LOOKS 3000
#define MOST_THREADS 64

typedef struct { kernel **table; long room; } engine;

static struct {
  pthread_mutex_t turn, lock;
  pthread_cond_t wake;
  uint32_t job, done, sleepers;
  int started, count;
  char *memory;
  kernel **table;
  const uint32_t *lists;
  uint32_t arrived, meeting;
  /* The last job before each thread began. */
  uint32_t since[MOST_THREADS];
} pool = {.turn = PTHREAD_MUTEX_INITIALIZER, .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

INLINE uint32_t now(uint32_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
INLINE void pause_(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Waits until a word is no longer what it was. */
static void await_change(uint32_t *word, uint32_t old) {
  for (long looks = 0; looks < LOOKS; looks++) {
    if (now(word) != old) return;
    pause_();
  }
  pthread_mutex_lock(&pool.lock);
  __atomic_add_fetch(&pool.sleepers, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == old) pthread_cond_wait(&pool.wake, &pool.lock);
  __atomic_sub_fetch(&pool.sleepers, 1, __ATOMIC_SEQ_CST);
  pthread_mutex_unlock(&pool.lock);
}

/* Adds one to a word that others may wait for; its value then. */
static uint32_t advance(uint32_t *word) {
  uint32_t value = __atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&pool.sleepers, __ATOMIC_SEQ_CST)) {
    pthread_mutex_lock(&pool.lock);
    pthread_cond_broadcast(&pool.wake);
    pthread_mutex_unlock(&pool.lock);
  }
  return value;
}

static void meet(uint32_t threads) {
  uint32_t meeting = now(&pool.meeting);
  if (__atomic_add_fetch(&pool.arrived, 1, __ATOMIC_ACQ_REL) < threads) {
    await_change(&pool.meeting, meeting);
    return;
  }
  __atomic_store_n(&pool.arrived, 0, __ATOMIC_RELAXED);
  advance(&pool.meeting);
}

static void walk(char *memory, kernel **table, uint32_t list) {
  char *at = memory + list;
  for (;;) {
    int32_t *word = (int32_t *)at;
    switch (word[0]) {
    case ENTRY_CALL:
      table[word[2]](memory, word + 3);
      break;
    case ENTRY_LOOP:
      ((int32_t *)(at + word[3]))[2] = word[2];
      break;
    case ENTRY_AGAIN: {
      int32_t count = word[4];
      int last = --word[2] == 0;
      for (int32_t *advance = word + 5; count > 0; count--, advance += 3) {
        int32_t *argument = (int32_t *)place(memory, advance[0]);
        *argument = (int32_t)((uint32_t)*argument + (uint32_t)advance[1] - (last ? (uint32_t)advance[2] : 0));
      }
      if (last) break;
      at -= word[3];
      continue;
    }
    case ENTRY_MEET:
      meet(word[3]);
      break;
    default:
      return;
    }
    at += word[1];
  }
}

static void *work(void *argument) {
  long thread = (long)argument;
  for (uint32_t seen = pool.since[thread];;) {
    await_change(&pool.job, seen);
    seen++;
    if (thread < pool.count) walk(pool.memory, pool.table, pool.lists[thread]);
    advance(&pool.done);
  }
  return 0;
}

/* Returns the number of threads that there are now, with the calling one. */
int recurra_start(int threads) {
  if (threads > MOST_THREADS) threads = MOST_THREADS;
  pthread_mutex_lock(&pool.turn);
  while (pool.started + 1 < threads) {
    pthread_t thread;
    pool.since[pool.started + 1] = pool.job;
    if (pthread_create(&thread, 0, work, (void *)(long)(pool.started + 1))) break;
    pthread_detach(thread);
    pool.started++;
  }
  int count = pool.started + 1;
  pthread_mutex_unlock(&pool.turn);
  return count;
}

void *recurra_open(void) { return calloc(1, sizeof(engine)); }

/* The table, with room for so many kernels; a null pointer if there is no memory. */
void *recurra_reserve(void *opened, long kernels) {
  engine *own = opened;
  if (kernels > own->room) {
    long room = 2 * kernels;
    kernel **table = realloc(own->table, room * sizeof(kernel *));
    if (!table) return 0;
    own->table = table;
    own->room = room;
  }
  return own->table;
}

void recurra_run(void *opened, char *memory, const uint32_t *lists, int count) {
  engine *own = opened;
  if (count <= 1) {
    walk(memory, own->table, lists[0]);
    return;
  }
  pthread_mutex_lock(&pool.turn);
  pool.count = count;
  pool.memory = memory;
  pool.table = own->table;
  pool.lists = lists;
  pool.done = 0;
  advance(&pool.job);
  walk(memory, own->table, lists[0]);
  for (uint32_t done; (done = now(&pool.done)) < (uint32_t)pool.started;) await_change(&pool.done, done);
  pthread_mutex_unlock(&pool.turn);
}

int recurra_panel(void) { return PANEL; }
int recurra_depth_block(void) { return DEPTH_BLOCK; }
int recurra_width(void) { return 8 * BYTES; }
`
  .replace("ENTRY_CALL", String(ENTRY.call))
  .replace("ENTRY_LOOP", String(ENTRY.loop))
  .replace("ENTRY_AGAIN", String(ENTRY.again))
  .replace("ENTRY_MEET", String(ENTRY.meet));
