/* Methods of Value in C, each with the Python method that it stands for: that one takes over where operands are out of
 * the ordinary, and answers for name, documentation, signature and source. */

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    PyObject *python;
    const struct Method *method;
} Function;

typedef struct Method {
    const char *name;                                /* as it stands on the class */
    int row, kind, reflected;
    One one;
    Two two;
    Many many;
    size_t arrays;                                   /* of many operands: the room it needs, in arrays of doubles */
    int more;                                        /* in a row of pairs: whether b follows */
} Method;

typedef struct { size_t offset; void *function; } Slot;  /* an operator's place in Python's type objects */

enum { KIND_ONE, KIND_TWO, KIND_MANY, KIND_ONE_OF_MANY, KIND_PAIRS, KIND_WHOLE };

#define FUNCTION_CALL(name) \
    static PyObject *name(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
#define ORDINARY(count) (PyVectorcall_NARGS(nargsf) == (count) && !kwnames)
#define OR_PYTHON(node) \
    ((node) || PyErr_Occurred() ? (node) : PyObject_Vectorcall(((Function *)self)->python, args, nargsf, kwnames))

FUNCTION_CALL(call_one)
{
    PyObject *node = ORDINARY(1) && is_value(args[0]) ? ((Function *)self)->method->one(args[0]) : NULL;
    return OR_PYTHON(node);
}

FUNCTION_CALL(call_two)
{
    const Method *method = ((Function *)self)->method;
    PyObject *node = NULL;
    if (ORDINARY(2) && is_value(args[0]))
        node = method->reflected ? method->two(args[1], args[0]) : method->two(args[0], args[1]);
    return OR_PYTHON(node);
}

/* Operands as one list or tuple; a generator is run first. NULL: neither, or its error. */
static PyObject *listed(PyObject *object)
{
    if (PyGen_CheckExact(object))
        return PySequence_Tuple(object);
    if (!PyList_CheckExact(object) && !PyTuple_CheckExact(object))
        return NULL;
    Py_INCREF(object);
    return object;
}

static Column column_of(PyObject *list)
{
    Column column = {list, NULL, PySequence_Fast_GET_SIZE(list)};
    return column;
}

FUNCTION_CALL(call_many)
{
    const Method *method = ((Function *)self)->method;
    PyObject *list = ORDINARY(1) && !is_value(args[0]) ? listed(args[0]) : NULL, *node = NULL;
    Column columns[3] = {{NULL, args, PyVectorcall_NARGS(nargsf)}};
    if (list)
        columns[0] = column_of(list);
    if (!kwnames && !PyErr_Occurred())
        node = node_of_many(method->row, method->many, method->arrays, columns, 0, 0);
    if (!node && !PyErr_Occurred())
        node = list ? PyObject_CallFunctionObjArgs(((Function *)self)->python, list, NULL)
                    : PyObject_Vectorcall(((Function *)self)->python, args, nargsf, kwnames);
    Py_XDECREF(list);
    return node;
}

FUNCTION_CALL(call_one_of_many)
{
    const Method *method = ((Function *)self)->method;
    PyObject *list = ORDINARY(2) && PyLong_CheckExact(args[1]) ? listed(args[0]) : NULL, *node = NULL;
    if (list) {
        Column columns[3] = {column_of(list)};
        Py_ssize_t index = PyLong_AsSsize_t(args[1]);
        if (index == -1 && PyErr_Occurred())
            PyErr_Clear(), index = columns[0].n;
        index += index < 0 ? columns[0].n : 0;
        if (index >= 0 && index < columns[0].n)
            node = node_of_many(method->row, method->many, method->arrays, columns, index, 1);
        if (!node && !PyErr_Occurred())
            node = PyObject_CallFunctionObjArgs(((Function *)self)->python, list, args[1], NULL);
        Py_DECREF(list);
        return node;
    }
    return OR_PYTHON(node);
}

FUNCTION_CALL(call_pairs)
{
    const Method *method = ((Function *)self)->method;
    PyObject *first = NULL, *second = NULL, *node = NULL;
    int ordinary = ORDINARY(2 + method->more);
    if (ordinary && (first = listed(args[0])) && (second = listed(args[1]))) {
        Column columns[3] = {column_of(first), column_of(second), {NULL, args + 2, method->more}};
        if (columns[0].n == columns[1].n)
            node = node_of_many(method->row, method->many, method->arrays, columns, columns[0].n, 1);
    }
    if (!ordinary)
        node = PyObject_Vectorcall(((Function *)self)->python, args, nargsf, kwnames);
    else if (!node && !PyErr_Occurred()) {           /* what a generator gave stands in its place */
        PyObject *given[3] = {first ? first : args[0], second ? second : args[1], method->more ? args[2] : NULL};
        node = PyObject_Vectorcall(((Function *)self)->python, given, 2 + method->more, NULL);
    }
    Py_XDECREF(first);
    Py_XDECREF(second);
    return node;
}

FUNCTION_CALL(call_whole)
{
    if (ORDINARY(1) && is_value(args[0]))
        return ((Function *)self)->method->one(args[0]);
    return PyObject_Vectorcall(((Function *)self)->python, args, nargsf, kwnames);
}

static const vectorcallfunc calls[] = {call_one, call_two, call_many, call_one_of_many, call_pairs, call_whole};

static PyObject *function_get(PyObject *self, PyObject *object, PyObject *type)
{
    if (object && object != Py_None)
        return PyMethod_New(self, object);
    Py_INCREF(self);
    return self;
}

static PyObject *function_getattro(PyObject *self, PyObject *name)
{
    PyObject *found = PyObject_GenericGetAttr(self, name);
    if (found || !PyErr_ExceptionMatches(PyExc_AttributeError))
        return found;
    PyErr_Clear();
    return PyObject_GetAttr(((Function *)self)->python, name);
}

static PyObject *function_doc(PyObject *self, void *unused)
{
    return PyObject_GetAttrString(((Function *)self)->python, "__doc__");
}

static PyObject *function_repr(PyObject *self) { return PyObject_Repr(((Function *)self)->python); }

static PyObject *function_reduce(PyObject *self, PyObject *unused)
{
    return PyObject_GetAttrString(((Function *)self)->python, "__qualname__");
}

static int function_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((Function *)self)->python);
    return 0;
}

static void function_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((Function *)self)->python);
    PyObject_GC_Del(self);
}

static PyMemberDef function_members[] = {
    {"__wrapped__", T_OBJECT, offsetof(Function, python), READONLY, "the Python method that this one stands for"},
    {NULL},
};
static PyGetSetDef function_getset[] = {{"__doc__", function_doc, NULL, NULL, NULL}, {NULL}};
static PyMethodDef function_methods[] = {{"__reduce__", function_reduce, METH_NOARGS, NULL}, {NULL}};

static PyTypeObject function_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "engine.native.Function",
    .tp_basicsize = sizeof(Function),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_vectorcall_offset = offsetof(Function, call),
    .tp_call = PyVectorcall_Call,
    .tp_dealloc = function_dealloc,
    .tp_traverse = function_traverse,
    .tp_descr_get = function_get,
    .tp_getattro = function_getattro,
    .tp_repr = function_repr,
    .tp_members = function_members,
    .tp_getset = function_getset,
    .tp_methods = function_methods,
};

static PyObject *new_function(const Method *method, PyObject *python)
{
    Function *function = PyObject_GC_New(Function, &function_type);
    if (function) {
        Py_INCREF(python);
        function->call = calls[method->kind];
        function->python = python;
        function->method = method;
        PyObject_GC_Track(function);
    }
    return (PyObject *)function;
}
