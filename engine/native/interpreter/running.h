/* Running a program on rows: run after run, in segments that threads take one after the other. */
#define PATIENCE 0.03                                /* seconds between two looks at Ctrl-C */
#define AHEAD 8192                                   /* bytes of rows to fetch before they are needed */
#define OFTEN 1e-4                                   /* seconds of work between two looks at the clock */

typedef struct Work {
    Program *program;
    const double *rows;
    double *uniforms, *outputs, *totals;             /* totals: of each segment the sums, then what rounding took from them */
    char *bad;                                       /* for each run */
    Py_ssize_t n, runs, segments, block;             /* block: the most rows of one */
    atomic_long next;
    atomic_int stop, spoilt, working;                /* spoilt: some run is bad; working: helpers at work */
    int again, wanted;                               /* again: without the runs that are bad; wanted: helpers */
    int processor;                                   /* that the caller works on */
    struct Work *after;                              /* among those that want helpers */
    void *memory;                                    /* the caller's; the program's own, if it is kept */
    int kept;
    char few[2 * SEGMENT_RUNS];                      /* what is bad of a single segment's runs */
    PyThreadState *state;                            /* of the caller, who looks for Ctrl-C */
    double looked;
} Work;

typedef struct {                                     /* of one thread */
    Work *work;
    Frame frame;
    double *whole, *lost;                            /* the sums of a segment's runs, as pairs of doubles */
    double more[LANE_COUNT];
    int bad;                                         /* of this run */
    Py_ssize_t often, blind;                         /* rows between two looks at the clock, 0 for never; since the last */
} Worker;

/* The first cache line of some memory. */
static double *aligned(void *memory) { return (double *)(((uintptr_t)memory + 63) / 64 * 64); }

/* The first row of a run: runs share the rows evenly, in whole tiles. */
static Py_ssize_t start_of(const Work *work, Py_ssize_t number)
{
    if (number == 0)
        return 0;                                    /* of a single run nothing has to be divided, which takes long */
    return number < work->runs ? (work->n + TILE - 1) / TILE * number / work->runs * TILE : work->n;
}

/* The first run of a segment: each is shorter than the one before, so that threads end at nearly the same time. */
static Py_ssize_t first_of(const Work *work, Py_ssize_t segment)
{
    const Py_ssize_t left = work->segments - segment;
    if (work->segments == 1)
        return segment ? work->runs : 0;
    return work->runs - work->runs * left / work->segments * left / work->segments;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Now and then let Python's signal handlers run; the work stops if they raise. */
static void look_out(Work *work)
{
    const double now = seconds();
    if (atomic_load(&work->stop) || now - work->looked < PATIENCE)
        return;
    work->looked = now;
    PyEval_RestoreThread(work->state);
    if (PyErr_CheckSignals())
        atomic_store(&work->stop, 1);
    work->state = PyEval_SaveThread();
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
    for (Py_ssize_t at = first; at < last; at += size) {
        run_block(worker, at, (long)(last - at < size ? last - at : size), at == first);
        if (worker->often && (worker->blind += size) >= worker->often) {
            worker->blind = 0;
            look_out(work);
        }
        if (atomic_load(&work->stop))
            return;
    }
    work->bad[number] = (char)worker->bad;
    if (worker->bad) {
        atomic_store(&work->spoilt, 1);
        return;
    }
    program->machine->flush(worker->frame.sums, worker->whole, worker->lost, (size_t)padded(program->sums));
    for (int lane = 0; lane < LANE_COUNT && program->sums; lane++)
        worker->lost[0] += worker->more[lane];
}

/* Run segments until none is left; the one that watches looks out for Ctrl-C. */
static void labour(Work *work, double *memory, int watches)
{
    const Program *program = work->program;
    const Py_ssize_t sums = padded(program->sums);
    Worker worker = {.work = work, .frame = {memory, work->uniforms, memory + program->registers * program->rows,
                                             worker.more, &worker.bad, .rows = (long)work->block},
                     .often = watches ? (Py_ssize_t)(OFTEN / (program->pace + 1e-12)) + 1 : 0};
    Py_ssize_t segment;
    for (Py_ssize_t i = 0; program->seed >= 0 && i < work->block; i++)
        memory[program->seed * work->block + i] = 1.0;
    while (!atomic_load(&work->stop) && (segment = atomic_fetch_add(&work->next, 1)) < work->segments) {
        const Py_ssize_t end = first_of(work, segment + 1);
        worker.whole = work->totals + 2 * sums * segment;
        worker.lost = worker.whole + sums;
        memset(worker.whole, 0, 2 * (size_t)sums * sizeof(double));
        for (Py_ssize_t number = first_of(work, segment); number < end && !atomic_load(&work->stop); number++)
            run(&worker, number);
    }
}
