/* SPDX-License-Identifier: MIT
 *
 * worker: see worker.h. */
#include "io/worker.h"

#include "io/loop_base.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <uv.h>

#define THREADS 2

typedef struct job {
    struct job *next;
    neap_worker_run run;
    neap_worker_done done;
    void *ud;
} job;

typedef struct queue {
    job *first, *last;
} queue;

typedef struct neap_worker {
    uv_async_t async; /* referenced while jobs are under way */
    size_t under_way; /* submitted and not done; the loop's */
    pthread_t threads[THREADS];
    int started;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    queue waiting, finished;
    bool ending;
} neap_worker;

static void put(queue *q, job *j)
{
    j->next = NULL;
    if (q->last != NULL)
        q->last->next = j;
    else
        q->first = j;
    q->last = j;
}

static job *take(queue *q)
{
    job *j = q->first;
    if (j != NULL && (q->first = j->next) == NULL)
        q->last = NULL;
    return j;
}

static void *thread(void *arg)
{
    neap_worker *w = arg;
    job *j;
    pthread_mutex_lock(&w->lock);
    while (!w->ending) {
        j = take(&w->waiting);
        if (j == NULL) {
            pthread_cond_wait(&w->wake, &w->lock);
            continue;
        }
        pthread_mutex_unlock(&w->lock);
        j->run(j->ud);
        pthread_mutex_lock(&w->lock);
        put(&w->finished, j);
        uv_async_send(&w->async);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static void answer(queue *q, bool alive)
{
    job *j;
    while ((j = take(q)) != NULL) {
        neap_worker_done done = j->done;
        void *ud = j->ud;
        free(j);
        done(ud, alive);
    }
}

static void on_finished(uv_async_t *async)
{
    neap_worker *w = async->data;
    queue finished;
    pthread_mutex_lock(&w->lock);
    finished = w->finished;
    w->finished = (queue){0};
    pthread_mutex_unlock(&w->lock);
    for (job *j = finished.first; j != NULL; j = j->next)
        w->under_way--;
    if (w->under_way == 0)
        uv_unref((uv_handle_t *)&w->async);
    answer(&finished, true);
}

static void on_closed(uv_handle_t *async)
{
    neap_worker *w = async->data;
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->wake);
    free(w);
}

void neap_worker__close(neap_loop *loop)
{
    neap_worker *w = loop->worker;
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->ending = true;
    pthread_cond_broadcast(&w->wake);
    pthread_mutex_unlock(&w->lock);
    while (w->started > 0)
        pthread_join(w->threads[--w->started], NULL);
    answer(&w->finished, false);
    answer(&w->waiting, false);
    loop->worker = NULL;
    if (neap_loop_uv(loop) != NULL)
        uv_close((uv_handle_t *)&w->async, on_closed);
    else
        on_closed((uv_handle_t *)&w->async);
}

size_t neap_worker__under_way(const neap_loop *loop)
{
    return loop->worker != NULL ? loop->worker->under_way : 0;
}

/* The threads see no signals: those are the host's. */
static int start_threads(neap_worker *w)
{
    sigset_t all, old;
    int rc = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (w->started < THREADS && rc == 0) {
        rc = pthread_create(&w->threads[w->started], NULL, thread, w);
        if (rc == 0)
            w->started++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return w->started > 0 ? 0 : rc;
}

static int worker_open(neap_loop *loop, neap_err *err)
{
    neap_worker *w = calloc(1, sizeof *w);
    bool real = neap_loop_uv(loop) != NULL;
    int rc = 0;
    if (w == NULL)
        return neap_err_set(err, NEAP_ENOMEM, "cannot start a worker");
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, NULL);
    w->async.data = w;
    if (real)
        rc = uv_async_init(neap_loop_uv(loop), &w->async, on_finished);
    if (rc != 0) {
        on_closed((uv_handle_t *)&w->async);
        return neap_err_sys(err, -rc, "cannot start a worker");
    }
    loop->worker = w;
    if (real) {
        uv_unref((uv_handle_t *)&w->async);
        rc = start_threads(w);
    }
    if (rc != 0) {
        neap_worker__close(loop);
        return neap_err_sys(err, rc, "cannot start a worker");
    }
    return 0;
}

/* One simulated job, done before, is answered in the order of submission. */
static void on_simulated(neap_loop *loop, void *ud)
{
    neap_worker *w = ud;
    queue one = {0};
    (void)loop;
    put(&one, take(&w->finished));
    w->under_way--;
    answer(&one, true);
}

static void start_job(neap_worker *w, job *j)
{
    if (w->under_way++ == 0)
        uv_ref((uv_handle_t *)&w->async);
    pthread_mutex_lock(&w->lock);
    put(&w->waiting, j);
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

int neap_worker_submit(neap_loop *loop, neap_worker_run run,
                       neap_worker_done done, void *ud, neap_err *err)
{
    job *j = malloc(sizeof *j);
    int rc;
    if (j == NULL)
        return neap_err_set(err, NEAP_ENOMEM, "cannot start a job");
    *j = (job){NULL, run, done, ud};
    rc = loop->worker == NULL ? worker_open(loop, err) : 0;
    if (rc == 0 && neap_loop_uv(loop) == NULL)
        rc = neap_loop_defer(loop, on_simulated, loop->worker, err);
    if (rc != 0) {
        free(j);
        return rc;
    }
    if (neap_loop_uv(loop) != NULL) {
        start_job(loop->worker, j);
        return 0;
    }
    run(ud);
    put(&loop->worker->finished, j);
    loop->worker->under_way++;
    return 0;
}
