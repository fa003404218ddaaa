/* An update of nodes of the compiled core: numbers and grads read, the program run, and new numbers written, a part of the
 * nodes after the other, so that each is in the cache once. Python's lock is held throughout, for the helpers too, and where
 * anything fails the nodes that were written get their numbers back: nobody sees half of it. */
#define VALUES "engine.native.core.values"           /* what `bound` gives */

/* update(program, values, leaves, before, after, data, grad, threads): whether the nodes that `bound` made `values` have been
 * moved to where the program has them, and the rows after it filled; else their numbers are what they were. */
static PyObject *blocks_update(PyObject *module, PyObject *args)
{
    PyObject *capsule, *values, *leaves;
    Py_buffer before, after;
    Py_ssize_t data, grad;
    int threads, moved = 0;
    if (!PyArg_ParseTuple(args, "OOOw*w*nni", &capsule, &values, &leaves, &before, &after, &data, &grad, &threads))
        return NULL;
    Program *program = PyCapsule_GetPointer(capsule, NAME);
    PyObject *nodes = program ? PyCapsule_GetPointer(values, VALUES) : NULL;
    const Py_ssize_t n = nodes ? PyTuple_GET_SIZE(nodes) : 0;
    if (nodes && program->columns >= 2 && program->results == program->columns
        && long_enough(program, n, &before, &after, &(Py_buffer){0})) {
        Work work = dealt(program, before.buf, n);
        work.outputs = after.buf;
        work.nodes = nodes;
        work.data = data;
        work.grad = grad;
        if (!equip(&work))
            PyErr_NoMemory();
        else if (take_leaves(&work, leaves)) {
            moved = perform(&work, threads) == DONE && !atomic_load(&work.spoilt);
            const Py_ssize_t rows = atomic_load(&work.next) * program->run;
            if (!moved)
                write_numbers(&work, work.rows, 0, rows < n ? rows : n);
        }
        give_back(&work);
    } else if (!PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "a program that gives as many numbers for a row as it takes is needed");
    PyBuffer_Release(&before);
    PyBuffer_Release(&after);
    return PyErr_Occurred() ? NULL : PyBool_FromLong(moved);
}
