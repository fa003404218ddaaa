/* Threads that help with the work of a call. Made when they are first wanted, they wait for more as long as the process
 * lasts: to make one takes longer than to wake it. They know nothing of Python, and take no signals. */
#define AWAKE 2e-4                                   /* seconds to look out before sleeping: a training step may take so long */
#define BRIEF 2e-5                                   /* seconds of work for which Python's lock is not released */
#define PAYS 1e-4                                    /* seconds of work from which on helpers pay, even asleep */
enum { LARGE = 1 << 20, FEW = 1000 };                /* bytes that no helper keeps while it waits; rows that are not timed */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    Work *open;                                      /* what wants helpers, the newest first */
    atomic_long calls;                               /* for help, so far */
    int helpers, forks;                              /* forks: what has to be done when the process forks is known */
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

/* The next work that wants help; the caller holds the lock. */
static Work *wait_for_work(void)
{
    while (!pool.open) {
        const long calls = pool.calls;
        pthread_mutex_unlock(&pool.lock);
        for (const double end = seconds() + AWAKE; pool.calls == calls && seconds() < end;)
            breathe();
        pthread_mutex_lock(&pool.lock);
        while (pool.calls == calls)
            pthread_cond_wait(&pool.wake, &pool.lock);
    }
    return pool.open;
}

/* Leave the processor that the caller works on: the system may wake a helper there and let others lie idle. */
static void step_aside(int processor)
{
#ifdef __linux__
    cpu_set_t all, others;
    if (sched_getcpu() != processor || sched_getaffinity(0, sizeof all, &all))
        return;
    others = all;
    CPU_CLR(processor, &others);
    if (!sched_setaffinity(0, sizeof others, &others))           /* an error where there is no other */
        sched_setaffinity(0, sizeof all, &all);
#endif
}

static void *help(void *unused)
{
    void *memory = NULL;
    size_t room = 0;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        Work *work = wait_for_work();
        if (!--work->wanted)
            pool.open = work->after;
        atomic_fetch_add(&work->working, 1);
        pthread_mutex_unlock(&pool.lock);
        step_aside(work->processor);
        if (room < work->program->room) {
            free(memory);
            memory = calloc(work->program->room, 1);
            room = memory ? work->program->room : 0;
        }
        if (memory)                                  /* without, the others do it all */
            labour(work, aligned(memory), 0);
        atomic_fetch_sub(&work->working, 1);         /* now it may be gone */
        if (room > LARGE) {
            free(memory);
            memory = NULL;
            room = 0;
        }
        pthread_mutex_lock(&pool.lock);
    }
    return unused;
}

static void before_fork(void) { pthread_mutex_lock(&pool.lock); }

static void after_fork(void) { pthread_mutex_unlock(&pool.lock); }

/* A process begins without helpers. */
static void begin_forked(void)
{
    pthread_cond_init(&pool.wake, NULL);
    pool.open = NULL;
    pool.helpers = 0;
    pthread_mutex_unlock(&pool.lock);
}

/* Have so many helpers, if the system lets us; the caller holds the lock. */
static void employ(int wanted)
{
    sigset_t all, before;
    pthread_t id;
    if (pool.helpers >= wanted || (!pool.forks && pthread_atfork(before_fork, after_fork, begin_forked)))
        return;
    pool.forks = 1;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (; pool.helpers < wanted && !pthread_create(&id, NULL, help, NULL); pool.helpers++)
        pthread_detach(id);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void call_for_help(Work *work, int wanted)
{
    pthread_mutex_lock(&pool.lock);
    employ(work->wanted = wanted);
    work->after = pool.open;
#ifdef __linux__
    work->processor = sched_getcpu();
#endif
    pool.open = work;
    atomic_fetch_add(&pool.calls, 1);
    pthread_cond_broadcast(&pool.wake);
    pthread_mutex_unlock(&pool.lock);
}

/* Let no more helpers come, and wait for those who are there. */
static void dismiss(Work *work)
{
    pthread_mutex_lock(&pool.lock);
    Work **at = &pool.open;
    while (*at && *at != work)
        at = &(*at)->after;
    if (*at)
        *at = work->after;
    pthread_mutex_unlock(&pool.lock);
    for (const double end = seconds() + AWAKE; atomic_load(&work->working) && seconds() < end;)
        breathe();
    for (struct timespec moment = {0, 20000}; atomic_load(&work->working); look_out(work))
        nanosleep(&moment, NULL);
}

/* Do the work of a call on so many threads, of which this is one; if negative, on up to as many, where they pay. */
static void share(Work *work, int threads)
{
    Program *program = work->program;
    const double guess = program->pace * (double)work->n, begun = work->looked = work->n < FEW ? 0.0 : seconds();
    const int brief = guess < BRIEF, most = brief ? 1 : threads > 0 ? threads : guess < PAYS ? 1 : -threads;
    const int held = brief || work->nodes;           /* Python's lock, all the while */
    const int hands = most < work->runs ? most : (int)work->runs;
    if (!held)
        work->state = PyEval_SaveThread();
    if (hands > 1)
        call_for_help(work, hands - 1);
    labour(work, aligned(work->memory), !held);
    if (hands > 1)
        dismiss(work);
    const double pace = begun > 0.0 ? (seconds() - begun) * hands / (double)work->n : 0.0;
    if (!held)
        PyEval_RestoreThread(work->state);
    if (pace > 0.0 && (hands == 1 || pace < program->pace))      /* helpers may have come late */
        program->pace = pace;
}
