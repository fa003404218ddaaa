/* Running a program on rows: run after run, in segments, on several threads. */
#define PATIENCE 0.03                                /* seconds between two looks at Ctrl-C */
#define AHEAD 8192                                   /* bytes of rows to fetch before they are needed */
#define BRIEF 500000                                 /* rows times words that are done before anyone could look */

typedef struct {
    Program *program;
    const double *rows, *uniforms;
    double *outputs, *totals;                        /* totals: of each segment, for each sum two doubles */
    char *bad;                                       /* for each run */
    Py_ssize_t n, runs, segments, block;             /* block: the most rows of one */
    atomic_long next;
    atomic_int stop, working, spoilt;                /* working: threads at work; spoilt: some run is bad */
    int again;                                       /* without the runs that are bad */
} Work;

typedef struct {                                     /* of one thread */
    Work *work;
    Frame frame;
    double *whole, *lost;                            /* the sums of runs, as pairs of doubles */
    double more[LANE_COUNT];
    int bad;                                         /* of this run */
    void *memory;
    int kept;                                        /* the memory is the program's */
    PyThreadState **state;                           /* of the thread that looks for Ctrl-C */
    double looked;
} Worker;

/* So many numbers, in whole vectors. */
static Py_ssize_t padded(Py_ssize_t n) { return (n + LANE_COUNT - 1) / LANE_COUNT * LANE_COUNT; }

/* The first row of a run: runs share the rows evenly, in whole tiles. */
static Py_ssize_t start_of(const Work *work, Py_ssize_t number)
{
    return number < work->runs ? (work->n + TILE - 1) / TILE * number / work->runs * TILE : work->n;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Let Python's signal handlers run; whether they raised. */
static int interrupted(Worker *worker)
{
    double now;
    if (!worker->state || (now = seconds()) - worker->looked < PATIENCE)
        return 0;
    worker->looked = now;
    PyEval_RestoreThread(*worker->state);
    if (PyErr_CheckSignals())
        atomic_store(&worker->work->stop, 1);
    *worker->state = PyEval_SaveThread();
    return atomic_load(&worker->work->stop);
}

static void take_outputs(Worker *worker, Py_ssize_t at, long m)
{
    const Program *program = worker->work->program;
    for (long k = 0; k < program->results; k++) {
        const uint32_t place = program->result[k];
        double *to = worker->work->outputs + at * program->results + k;
        const double *from = place & 1 ? worker->frame.uniforms + (place >> 1)
                                       : worker->frame.registers + (size_t)(place >> 1) * worker->frame.rows;
        for (long i = 0; i < m; i++)
            to[i * program->results] = place & 1 ? *from : from[i];
    }
}

/* Let the rows of the next block come into the cache while this one is worked on. */
static void look_ahead(const Work *work, Py_ssize_t at)
{
#ifdef __GNUC__
    const char *row = (const char *)(work->rows + at * work->program->columns), *end = row + AHEAD;
    const char *last = (const char *)(work->rows + work->n * work->program->columns);
    for (; row < end && row < last; row += 64)
        __builtin_prefetch(row, 0, 2);
#endif
}

/* Let the instructions run on m rows from `at`, a block of a run, perhaps its first. */
static void run_block(Worker *worker, Py_ssize_t at, long m, int begins)
{
    const Work *work = worker->work;
    const Program *program = work->program;
    const Instruction *end = program->stages[1] + program->lengths[1];
    Frame *frame = &worker->frame;
    frame->count = (m + LANE_COUNT - 1) / LANE_COUNT * LANE_COUNT;
    frame->full = m / LANE_COUNT * LANE_COUNT;
    frame->begins = begins;
    for (int64_t lane = 0, there; lane < LANE_COUNT; lane++)
        memcpy(frame->mask + lane, (there = -(lane < m % LANE_COUNT), &there), sizeof there);
    worker->bad |= !program->machine->fill(frame, work->rows + at * program->columns, m, program->column,
                                            program->columns, (long)(work->n - at) * program->columns);
    look_ahead(work, at + m);
    for (const Instruction *i = program->stages[1]; i < end; i++)
        i->kernel(frame, frame->registers + (size_t)i->result * frame->rows, i->places, i->n);
    if (work->outputs)
        take_outputs(worker, at, m);
}

static void run(Worker *worker, Py_ssize_t number)
{
    Work *work = worker->work;
    const Program *program = work->program;
    const Py_ssize_t first = start_of(work, number), last = start_of(work, number + 1), size = work->block;
    if (work->again && work->bad[number])
        return;
    worker->bad = 0;
    for (Py_ssize_t at = first; at < last; at += size)
        run_block(worker, at, (long)(last - at < size ? last - at : size), at == first);
    work->bad[number] = (char)worker->bad;
    if (worker->bad) {
        atomic_store(&work->spoilt, 1);
        return;
    }
    program->machine->flush(worker->frame.sums, worker->whole, worker->lost, padded(program->sums));
    for (int lane = 0; lane < LANE_COUNT && program->sums; lane++)
        worker->lost[0] += worker->more[lane];
}

static void labour(Worker *worker)
{
    Work *work = worker->work;
    const long sums = work->program->sums;
    Py_ssize_t segment;
    while (!atomic_load(&work->stop) && (segment = atomic_fetch_add(&work->next, 1)) < work->segments) {
        memset(worker->whole, 0, 2 * padded(sums) * sizeof(double));
        const Py_ssize_t end = (segment + 1) * work->runs / work->segments;
        for (Py_ssize_t number = segment * work->runs / work->segments; number < end; number++) {
            run(worker, number);
            if (atomic_load(&work->stop) || interrupted(worker))
                return;
        }
        for (long k = 0; k < sums; k++) {
            work->totals[2 * (segment * sums + k)] = worker->whole[k];
            work->totals[2 * (segment * sums + k) + 1] = worker->lost[k];
        }
    }
}

static void *help(void *argument)
{
    Worker *worker = argument;
    labour(worker);
    atomic_fetch_sub(&worker->work->working, 1);
    return NULL;
}

static int prepare(Worker *worker, Work *work, PyThreadState **state)
{
    Program *program = work->program;
    const size_t sums = padded(program->sums), registers = (size_t)(program->registers * program->rows);
    worker->kept = !atomic_flag_test_and_set(&program->taken);
    worker->memory = worker->kept ? program->memory : NULL;
    if (!worker->memory)
        worker->memory = calloc(registers + (LANE_COUNT + 2) * sums + 8, sizeof(double));
    if (worker->kept)
        program->memory = worker->memory;
    if (!worker->memory) {
        if (worker->kept)
            atomic_flag_clear(&program->taken);
        return -1;
    }
    double *at = (double *)(((uintptr_t)worker->memory + 63) / 64 * 64);
    worker->work = work;
    worker->frame = (Frame){at, work->uniforms, at + registers, worker->more, &worker->bad, .rows = (long)work->block};
    worker->whole = at + registers + LANE_COUNT * sums;
    worker->lost = worker->whole + sums;
    for (long i = 0; program->seed >= 0 && i < work->block; i++)
        at[program->seed * work->block + i] = 1.0;
    worker->state = state;
    worker->looked = state ? seconds() : 0.0;
    memset(worker->more, 0, sizeof worker->more);
    return 0;
}

/* Run the segments on so many threads, of which this is one; -1 without memory. */
static int share(Work *work, int threads)
{
    Worker workers[64];
    pthread_t ids[64];
    int others = 0, failure = 0;
    PyThreadState *state;
    const int brief = work->n < BRIEF / (work->program->size + 1);
    threads = brief ? 1 : threads > 64 ? 64 : threads;
    for (int i = 0; i < threads && !failure; i++)
        if ((failure = prepare(&workers[i], work, i || brief ? NULL : &state)))
            threads = i;
    if (!failure) {
        if (!brief)
            state = PyEval_SaveThread();
        for (int i = 1; i < threads; i++, others++)
            if (atomic_fetch_add(&work->working, 1), pthread_create(&ids[i], NULL, help, &workers[i])) {
                atomic_fetch_sub(&work->working, 1);
                break;
            }
        labour(&workers[0]);
        for (struct timespec moment = {0, 20000}; atomic_load(&work->working); interrupted(&workers[0]))
            nanosleep(&moment, NULL);
        for (int i = 1; i <= others; i++)
            pthread_join(ids[i], NULL);
        if (!brief)
            PyEval_RestoreThread(state);
    }
    for (int i = 0; i < threads; i++)
        if (workers[i].kept)
            atomic_flag_clear(&work->program->taken);
        else
            free(workers[i].memory);
    return failure;
}

