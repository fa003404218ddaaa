/* What is done once for all rows: the stages before and after them, the sums of the segments, and the answers. */
/* z + x as a pair of doubles. */
static void take_up(double *z, double *rest, double x)
{
    const double sum = *z + x, shift = sum - *z;
    *rest += (*z - (sum - shift)) + (x - shift);
    *z = sum;
}

/* The sums over all segments, among the uniforms. */
static void gather(const Work *work)
{
    const Program *program = work->program;
    const Py_ssize_t sums = padded(program->sums);
    double *restrict whole = work->totals, *restrict lost = whole + sums;
    for (Py_ssize_t segment = 1; segment < work->segments; segment++) {
        const double *restrict more = work->totals + 2 * sums * segment;
        for (Py_ssize_t k = 0; k < sums; k++) {
            take_up(&whole[k], &lost[k], more[k]);
            lost[k] += more[sums + k];
        }
    }
    for (long k = 0; k < program->sums; k++)
        if (program->sum[k] != NONE)
            work->uniforms[program->sum[k]] = whole[k] + lost[k];
}

/* The instructions of a stage in which everything is uniform; whether all results are finite. */
static int run_uniform(const Program *program, int stage, double *uniforms)
{
    double result[LANE_COUNT];
    int bad = 0;
    if (!program->lengths[stage])                    /* as in most programs: a frame would have to be cleared */
        return 1;
    Frame frame = {.uniforms = uniforms, .bad = &bad, .count = LANE_COUNT};
    for (long i = 0; i < program->lengths[stage]; i++) {
        const Instruction *instruction = &program->stages[stage][i];
        instruction->kernel(&frame, result, instruction->places, instruction->n);
        uniforms[instruction->result] = result[0];
    }
    return !bad;
}

enum { RAISED = -1, DONE, FAILED };                  /* FAILED: what is uniform is not finite */

/* Run all stages; the results are then among the uniforms. */
static int perform(Work *work, int threads)
{
    const Program *program = work->program;
    if (!run_uniform(program, 0, work->uniforms))
        return FAILED;
    do {                                             /* where some run is bad once more, without it */
        atomic_store(&work->next, 0);
        share(work, threads);
    } while (!atomic_load(&work->stop) && !work->again++ && atomic_load(&work->spoilt));
    if (atomic_load(&work->stop))
        return RAISED;                               /* a signal handler has */
    gather(work);
    return run_uniform(program, 2, work->uniforms) ? DONE : FAILED;
}

/* A program and n rows, dealt out to runs, blocks and segments: n alone decides, but for the size of a block. */
static Work dealt(Program *program, const double *rows, Py_ssize_t n)
{
    const Py_ssize_t runs = n < RUN ? n > 0 : n / RUN, parts = runs / SEGMENT_RUNS;
    const Py_ssize_t tiles = (n + TILE - 1) / TILE, longest = (runs > 1 ? (tiles + runs - 1) / runs : tiles) * TILE;
    const Py_ssize_t blocks = longest > program->rows ? (longest + program->rows - 1) / program->rows : 1;
    return (Work){.program = program, .rows = rows, .n = n, .runs = runs,
                  .block = blocks > 1 ? padded((longest + blocks - 1) / blocks) : longest,
                  .segments = parts < 1 ? 1 : parts > SEGMENTS ? SEGMENTS : parts};
}

/* Give the work its memory: the program's own, unless another call has it. Whether there was enough. */
static int equip(Work *work)
{
    Program *program = work->program;
    const size_t sums = 2 * (size_t)padded(program->sums), uniforms = (size_t)program->uniforms;
    const size_t results = (size_t)program->results;
    work->kept = !program->taken;
    work->memory = work->kept ? program->memory : NULL;
    const int fresh = !work->memory;
    if (fresh && !(work->memory = calloc(program->room + (sums + uniforms + results) * sizeof(double), 1)))
        return 0;
    work->totals = aligned(work->memory) + (program->room - 64) / sizeof(double);
    work->uniforms = work->totals + sums;
    work->bad = work->few;
    if (fresh)                                       /* what is found anew at each call need not be set again */
        memcpy(work->uniforms, program->numbers, uniforms * sizeof(double));
    if (work->kept) {
        program->memory = work->memory;
        program->taken = 1;
    }
    if (work->segments > 1) {
        work->totals = malloc((size_t)work->segments * sums * sizeof(double) + (size_t)work->runs);
        work->bad = work->totals ? memset(work->totals + (size_t)work->segments * sums, 0, (size_t)work->runs) : NULL;
    }
    return work->bad != NULL;
}

static void give_back(Work *work)
{
    if (work->segments > 1)
        free(work->totals);
    if (work->kept)
        work->program->taken = 0;
    else
        free(work->memory);
}

static PyObject *answer(const Work *work, int gradient)
{
    const Program *program = work->program;
    PyObject *bad = PyList_New(0), *results = gradient ? PyList_New(program->results) : Py_NewRef(Py_None);
    for (Py_ssize_t i = 0; bad && i < work->runs; i++)
        if (work->bad[i]) {
            PyObject *at = Py_BuildValue("nn", start_of(work, i), start_of(work, i + 1));
            if (!at || PyList_Append(bad, at))
                Py_CLEAR(bad);
            Py_XDECREF(at);
        }
    for (long k = 0; gradient && results && k < program->results; k++) {
        PyObject *x = PyFloat_FromDouble(work->uniforms[program->result[k] >> 1]);
        if (!x)
            Py_CLEAR(results);
        else
            PyList_SET_ITEM(results, k, x);
    }
    PyObject *both = bad && results ? PyTuple_Pack(2, results, bad) : NULL;
    Py_XDECREF(bad);
    Py_XDECREF(results);
    return both;
}

/* The leaves' numbers, from a list; whether it held them. */
static int take_leaves(const Work *work, PyObject *leaves)
{
    const Program *program = work->program;
    if (!PyList_CheckExact(leaves) || PyList_GET_SIZE(leaves) != program->leaves)
        PyErr_SetString(PyExc_TypeError, "a list with the number of each leaf is needed");
    else
        for (long i = 0; i < program->leaves; i++)
            work->uniforms[program->leaf[i]] = PyFloat_AsDouble(PyList_GET_ITEM(leaves, i));
    return !PyErr_Occurred();
}

/* perform(program, rows, outputs, leaves, n, threads): (results, where the runs that failed begin and end), or None. */
static PyObject *blocks_perform(PyObject *module, PyObject *args)
{
    PyObject *capsule, *leaves, *result = NULL;
    Py_buffer rows, outputs = {0};
    Py_ssize_t n;
    int threads;
    if (!PyArg_ParseTuple(args, "Oy*z*Oni", &capsule, &rows, &outputs, &leaves, &n, &threads))
        return NULL;
    Program *program = PyCapsule_GetPointer(capsule, NAME);
    const Py_ssize_t size = (Py_ssize_t)sizeof(double) * n;
    if (program && (n < 0 || rows.len < size * program->columns
                    || (outputs.buf && (outputs.readonly || outputs.len < size * program->results))))
        PyErr_SetString(PyExc_ValueError, "the rows or the outputs have too few numbers");
    else if (program) {
        Work work = dealt(program, rows.buf, n);
        work.outputs = outputs.buf;
        if (!equip(&work))
            PyErr_NoMemory();
        else if (take_leaves(&work, leaves)) {
            const int end = perform(&work, threads);
            result = end == DONE ? answer(&work, !outputs.buf) : end == FAILED ? Py_NewRef(Py_None) : NULL;
        }
        give_back(&work);
    }
    PyBuffer_Release(&rows);
    PyBuffer_Release(&outputs);
    return result;
}

