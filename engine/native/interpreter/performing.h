/* What is done once for all rows: the stages before and after them, the sums of the segments, and the answers. */
/* The whole sums, among the uniforms. */
static void gather(const Work *work)
{
    const Program *program = work->program;
    const double *whole = work->totals, *lost = whole + padded(program->sums);
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
    share(work, threads);
    if (atomic_load(&work->stop))
        return RAISED;                               /* a signal handler has */
    if (work->parts)
        return DONE;
    gather(work);
    return run_uniform(program, 2, work->uniforms) ? DONE : FAILED;
}

/* A program and n rows, dealt out to runs and blocks. */
static Work dealt(Program *program, const double *rows, Py_ssize_t n)
{
    const Py_ssize_t longest = n < program->part ? padded(n) : program->part;
    return (Work){.program = program, .rows = rows, .n = n, .runs = pieces(n, program->run),
                  .block = longest < program->rows ? longest : program->rows,
                  .single = n == 1 && runs_abreast(program)};
}

/* Give the work its memory: the program's own, unless another call has it. Whether there was enough. */
static int equip(Work *work)
{
    Program *program = work->program;
    const size_t sums = 2 * (size_t)padded(program->sums), uniforms = (size_t)program->uniforms;
    const size_t least = uniforms + (size_t)program->results;
    const size_t numbers = program->abreast ? program->abreast->size : least;
    work->kept = !program->taken;
    work->memory = work->kept ? program->memory : NULL;
    const int fresh = !work->memory;
    if (fresh && !(work->memory = calloc(program->room + (sums + numbers) * sizeof(double), 1)))
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
    if (work->runs != 1)
        memset(work->totals, 0, sums * sizeof(double));
    if (work->runs > 1)
        work->bad = calloc((size_t)pieces(work->n, program->part), 1);
    return work->bad != NULL;
}

static void give_back(Work *work)
{
    if (work->runs > 1)
        free(work->bad);
    if (work->kept)
        work->program->taken = 0;
    else
        free(work->memory);
}

/* Where the rows begin and end of each part that is bad. */
static PyObject *bad_parts(const Work *work)
{
    const Py_ssize_t part = work->program->part, parts = atomic_load(&work->spoilt) ? pieces(work->n, part) : 0;
    PyObject *bad = PyList_New(0);
    for (Py_ssize_t i = 0; bad && i < parts; i++)
        if (work->bad[i]) {
            PyObject *at = Py_BuildValue("nn", i * part, work->n - i * part < part ? work->n : (i + 1) * part);
            if (!at || PyList_Append(bad, at))
                Py_CLEAR(bad);
            Py_XDECREF(at);
        }
    return bad;
}

/* The results, in a list. */
static PyObject *results_of(const Work *work)
{
    const Program *program = work->program;
    PyObject *results = PyList_New(program->results);
    for (long k = 0; results && k < program->results; k++) {
        PyObject *x = PyFloat_FromDouble(work->uniforms[program->result[k] >> 1]);
        if (!x)
            Py_CLEAR(results);
        else
            PyList_SET_ITEM(results, k, x);
    }
    return results;
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

/* What is answered: the results, unless outputs or parts were asked for, and where the parts that failed begin and end. */
static PyObject *answer(const Work *work)
{
    PyObject *results = work->outputs || work->parts ? Py_NewRef(Py_None) : results_of(work);
    PyObject *bad = results ? bad_parts(work) : NULL, *both = bad ? PyTuple_Pack(2, results, bad) : NULL;
    Py_XDECREF(results);
    Py_XDECREF(bad);
    return both;
}

/* Whether rows, outputs and parts are as long as they have to be. */
static int long_enough(const Program *program, Py_ssize_t n, const Py_buffer *rows, const Py_buffer *outputs,
                       const Py_buffer *parts)
{
    const Py_ssize_t size = (Py_ssize_t)sizeof(double), of_run = 2 * size * padded(program->sums);
    if (n >= 0 && rows->len >= size * n * program->columns
        && (!outputs->buf || (!outputs->readonly && outputs->len >= size * n * program->results))
        && (!parts->buf || (!parts->readonly && parts->len >= of_run * pieces(n, program->run))))
        return 1;
    PyErr_SetString(PyExc_ValueError, "the rows, the outputs or the parts have too few numbers");
    return 0;
}

/* perform(program, rows, outputs, parts, leaves, n, threads): (results, where the parts that failed begin and end), or None
 * where what is uniform is not finite. `parts` has room for the sums of each run, with what rounding took from them. */
static PyObject *blocks_perform(PyObject *module, PyObject *args)
{
    PyObject *capsule, *leaves, *result = NULL;
    Py_buffer rows, outputs = {0}, parts = {0};
    Py_ssize_t n;
    int threads;
    if (!PyArg_ParseTuple(args, "Oy*z*z*Oni", &capsule, &rows, &outputs, &parts, &leaves, &n, &threads))
        return NULL;
    Program *program = PyCapsule_GetPointer(capsule, NAME);
    if (program && long_enough(program, n, &rows, &outputs, &parts)) {
        Work work = dealt(program, rows.buf, n);
        work.outputs = outputs.buf;
        work.parts = parts.buf;
        if (!equip(&work))
            PyErr_NoMemory();
        else if (take_leaves(&work, leaves)) {
            const int end = perform(&work, threads);
            result = end == DONE ? answer(&work) : end == FAILED ? Py_NewRef(Py_None) : NULL;
        }
        give_back(&work);
    }
    PyBuffer_Release(&rows);
    PyBuffer_Release(&outputs);
    PyBuffer_Release(&parts);
    return result;
}

/* Sum up runs from their sums, in their order. */
static void sum_runs(const Work *work, const Py_buffer *parts)
{
    const Py_ssize_t sums = padded(work->program->sums), size = 2 * sums * (Py_ssize_t)sizeof(double);
    const double *more = parts->buf;
    for (Py_ssize_t n = size ? parts->len / size : 0; n > 0; n--, more += 2 * sums)
        sum_run(work->totals, work->totals + sums, more, more + sums, sums);
}

/* joined(program, parts): the sums of a run that stands for these, the first ones of all. */
static PyObject *blocks_joined(PyObject *module, PyObject *args)
{
    PyObject *capsule, *result = NULL;
    Py_buffer parts;
    if (!PyArg_ParseTuple(args, "Oy*", &capsule, &parts))
        return NULL;
    Program *program = PyCapsule_GetPointer(capsule, NAME);
    if (program) {
        Work work = dealt(program, NULL, 0);
        if (!equip(&work))
            PyErr_NoMemory();
        else {
            sum_runs(&work, &parts);
            result = PyBytes_FromStringAndSize((char *)work.totals,
                                               2 * padded(program->sums) * (Py_ssize_t)sizeof(double));
        }
        give_back(&work);
    }
    PyBuffer_Release(&parts);
    return result;
}

/* total(program, parts, leaves): the results, from the sums of all runs in their order; None where one is not finite. */
static PyObject *blocks_total(PyObject *module, PyObject *args)
{
    PyObject *capsule, *leaves, *result = NULL;
    Py_buffer parts;
    if (!PyArg_ParseTuple(args, "Oy*O", &capsule, &parts, &leaves))
        return NULL;
    Program *program = PyCapsule_GetPointer(capsule, NAME);
    if (program) {
        Work work = dealt(program, NULL, 0);
        if (!equip(&work))
            PyErr_NoMemory();
        else if (take_leaves(&work, leaves)) {
            sum_runs(&work, &parts);
            gather(&work);
            result = run_uniform(program, 0, work.uniforms) && run_uniform(program, 2, work.uniforms)
                   ? results_of(&work) : Py_NewRef(Py_None);
        }
        give_back(&work);
    }
    PyBuffer_Release(&parts);
    return result;
}

/* batches(program): in how many batches a single row runs; 0 if it runs like others. For tests. */
static PyObject *blocks_batches(PyObject *module, PyObject *capsule)
{
    const Program *program = PyCapsule_GetPointer(capsule, NAME);
    return program ? PyLong_FromLong(program->abreast ? (long)program->abreast->batches : 0) : NULL;
}

/* measures(program): how many rows a run has, and how many numbers its sums are, with what rounding took from them. */
static PyObject *blocks_measures(PyObject *module, PyObject *capsule)
{
    const Program *program = PyCapsule_GetPointer(capsule, NAME);
    return program ? Py_BuildValue("ln", program->run, 2 * padded(program->sums)) : NULL;
}
