/* The gradient of a program for nodes of the compiled core: a function of rows, in which nothing is looked up twice. */
#define GRADIENT NAME ".gradient"

typedef struct {
    PyObject *capsule, *values;                      /* the program; all leaves, the inputs first */
    Program *program;
    Py_ssize_t data, grad;                           /* bytes from the start of a node */
    int threads;                                     /* if negative, up to as many as pay */
} Gradient;

/* The number of a leaf that is so many bytes from its start. */
static double *field(const Gradient *gradient, Py_ssize_t leaf, Py_ssize_t bytes)
{
    return (double *)((char *)PyTuple_GET_ITEM(gradient->values, leaf) + bytes);
}

/* The results added to the grads of all leaves, if every run is good and every grad stays finite; whether it was done.
 * Else nothing has changed: nobody looks in between, Python's lock is held. */
static int commit(const Gradient *gradient, Work *work)
{
    const long n = work->program->results - 1;
    const uint32_t *const results = work->program->result + 1;
    const double *const uniforms = work->uniforms, z = uniforms[work->program->result[0] >> 1];
    double *const before = work->uniforms + work->program->uniforms;
    uint64_t check = 0, bits;                        /* gathered: a sum of what is 0 or nan would take longer */
    if (atomic_load(&work->spoilt) || z - z != 0.0)
        return 0;
    for (long k = 0; k < n; k++) {
        double *const grad = field(gradient, k, gradient->grad);
        const double x = *grad + uniforms[results[k] >> 1], none = x - x;
        before[k] = *grad;
        *grad = x;
        check |= (memcpy(&bits, &none, sizeof bits), bits);
    }
    for (long k = 0; check && k < n; k++)
        *field(gradient, k, gradient->grad) = before[k];
    return !check;
}

/* The rows' memory, where they are a matrix of doubles of this width, one after the other; else 0. */
static int matrix(PyObject *object, long width, Py_buffer *rows)
{
    if (!PyObject_CheckBuffer(object) || PyObject_GetBuffer(object, rows, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT)) {
        PyErr_Clear();
        return 0;
    }
    if (rows->ndim == 2 && rows->shape[1] == width && rows->format && rows->format[0] == 'd' && !rows->format[1])
        return 1;
    PyBuffer_Release(rows);
    return 0;
}

/* The sum of the first output, its gradient added to the leaves' grads. None where anything is out of the ordinary;
 * nothing has changed then. */
static PyObject *find(PyObject *capsule, PyObject *object)
{
    const Gradient *gradient = PyCapsule_GetPointer(capsule, GRADIENT);
    Program *program = gradient->program;
    PyObject *result = NULL;
    Py_buffer rows;
    if (!matrix(object, program->columns, &rows))
        Py_RETURN_NONE;
    Work work = dealt(program, rows.buf, rows.shape[0]);
    if (equip(&work)) {
        for (long i = 0; i < program->leaves; i++)
            work.uniforms[program->leaf[i]] = *field(gradient, program->columns + i, gradient->data);
        const int end = perform(&work, gradient->threads);
        if (end != RAISED)
            result = end == DONE && commit(gradient, &work)
                   ? PyFloat_FromDouble(work.uniforms[program->result[0] >> 1]) : Py_NewRef(Py_None);
    } else
        PyErr_NoMemory();
    give_back(&work);
    PyBuffer_Release(&rows);
    return result;
}

static void release_gradient(PyObject *capsule)
{
    Gradient *gradient = PyCapsule_GetPointer(capsule, GRADIENT);
    Py_DECREF(gradient->capsule);
    Py_DECREF(gradient->values);
    free(gradient);
}

/* gradient(program, values, class, data, grad, threads): the function for these leaves, all nodes of the class. */
static PyObject *blocks_gradient(PyObject *module, PyObject *args)
{
    static PyMethodDef method = {"gradient", find, METH_O, "The sum of the first output; its gradient goes to the leaves."};
    Gradient found, *gradient;
    PyObject *class;
    if (!PyArg_ParseTuple(args, "OO!Onni", &found.capsule, &PyTuple_Type, &found.values, &class, &found.data, &found.grad,
                          &found.threads) || !(found.program = PyCapsule_GetPointer(found.capsule, NAME)))
        return NULL;
    int good = PyTuple_GET_SIZE(found.values) == found.program->columns + found.program->leaves
            && found.program->results == PyTuple_GET_SIZE(found.values) + 1;
    for (Py_ssize_t i = 0; good && i < PyTuple_GET_SIZE(found.values); i++)
        good = (PyObject *)Py_TYPE(PyTuple_GET_ITEM(found.values, i)) == class;
    if (!good)
        return PyErr_Format(PyExc_TypeError, "the leaves of the program are needed, all of one class");
    if (!(gradient = malloc(sizeof found)))
        return PyErr_NoMemory();
    *gradient = found;
    PyObject *capsule = PyCapsule_New(gradient, GRADIENT, release_gradient);
    if (!capsule) {
        free(gradient);
        return NULL;
    }
    Py_INCREF(found.capsule);
    Py_INCREF(found.values);
    PyObject *function = PyCFunction_New(&method, capsule);
    Py_DECREF(capsule);
    return function;
}
