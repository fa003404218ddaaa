/* A node's fields as Python's core has them, by the same names: an operand is a Value or a float, its slope a float or
 * None; of many operands x is a tuple, dx a tuple of slopes. Rows' Python methods set them, in any order. */

static PyObject *object_or_none(PyObject *object)
{
    object = object ? object : Py_None;
    Py_INCREF(object);
    return object;
}

static PyObject *get_data(Node *node, void *unused) { return PyFloat_FromDouble(node->data); }
static PyObject *get_grad(Node *node, void *unused) { return PyFloat_FromDouble(node->grad); }
static PyObject *get_row(Node *node, void *unused) { return object_or_none(node->row); }

static PyObject *get_label(Node *node, void *unused)
{
    if (node->label)
        return object_or_none(node->label);
    PyErr_SetString(PyExc_AttributeError, "_label");
    return NULL;
}

static PyObject *get_x(Node *node, void *unused)
{
    int plain = !node->many && node->dx.bits == PLAIN;
    return plain ? PyFloat_FromDouble(node->x.number) : object_or_none(node->x.object);
}

static PyObject *get_y(Node *node, void *unused)
{
    return node->dy.bits == PLAIN ? PyFloat_FromDouble(node->y.number) : object_or_none(node->y.object);
}

static PyObject *slope_or_none(double number)
{
    Slope slope;
    slope.number = number;
    return IS_NUMBER(slope) ? PyFloat_FromDouble(number) : object_or_none(NULL);
}

static PyObject *get_dx(Node *node, void *unused)
{
    if (!node->many)
        return slope_or_none(node->dx.number);
    PyObject *slopes = PyTuple_New(node->dx.block->n);
    if (slopes && (!node->many || node->dx.block->n != PyTuple_GET_SIZE(slopes))) {      /* a finaliser has set them */
        Py_DECREF(slopes);
        return get_dx(node, unused);
    }
    Block *block = node->dx.block;
    for (Py_ssize_t i = 0; slopes && i < block->n; i++) {
        PyObject *slope = slope_or_none(block->slopes[i]);
        if (!slope)
            Py_CLEAR(slopes);
        else
            PyTuple_SET_ITEM(slopes, i, slope);
    }
    return slopes;
}

static PyObject *get_dy(Node *node, void *unused) { return slope_or_none(node->dy.number); }

static unsigned long edits;                          /* how often operands were set by hand */

static int present(PyObject *value)
{
    if (!value)
        PyErr_SetString(PyExc_AttributeError, "a Value keeps its fields");
    return value != NULL;
}

static int set_number(double *field, PyObject *value)
{
    double number = present(value) ? PyFloat_AsDouble(value) : -1.0;
    if (number == -1.0 && PyErr_Occurred())
        return -1;
    *field = number;
    return 0;
}

static int set_object(PyObject **field, PyObject *value)
{
    PyObject *old = *field;
    Py_INCREF(value);
    *field = value == Py_None ? NULL : value;
    if (value == Py_None)
        Py_DECREF(value);
    Py_XDECREF(old);
    return 0;
}

static int set_data(Node *node, PyObject *value, void *unused) { return set_number(&node->data, value); }
static int set_grad(Node *node, PyObject *value, void *unused) { return set_number(&node->grad, value); }

static int set_row(Node *node, PyObject *value, void *unused)
{
    return present(value) ? set_object(&node->row, value) : -1;
}

static int set_label(Node *node, PyObject *value, void *unused)
{
    return present(value) ? set_object(&node->label, value) : -1;
}

static int set_operand(Operand *operand, Slope *slope, PyObject *value)
{
    if (!present(value))
        return -1;
    edits++;
    if (slope->bits == PLAIN) {
        operand->object = NULL;
        slope->bits = NONE;
    }
    if (slope->bits != NONE || !PyFloat_CheckExact(value))
        return set_object(&operand->object, value);
    PyObject *old = operand->object;
    operand->number = PyFloat_AS_DOUBLE(value);
    slope->bits = PLAIN;
    Py_XDECREF(old);
    return 0;
}

/* The slope that a number or None stands for. It is found before a node is touched: the number may be anything that
 * converts itself, and change the node as it does. */
static int slope_of(PyObject *value, Slope *slope)
{
    slope->bits = NONE;
    if (value == Py_None)
        return 0;
    if (set_number(&slope->number, value))
        return -1;
    if (isnan(slope->number))                        /* not mistaken for NONE */
        slope->number = Py_NAN;
    return 0;
}

static int set_slope(Operand *operand, Slope *slope, Slope new)
{
    edits++;
    if (slope->bits == PLAIN) {
        if (new.bits == NONE)
            return 0;
        PyObject *number = PyFloat_FromDouble(operand->number);      /* the plain number becomes an object */
        if (!number)
            return -1;
        operand->object = number;
    }
    *slope = new;
    return 0;
}

/* Slopes of many operands: a tuple of numbers and Nones. */
static int set_slopes(Node *node, PyObject *value)
{
    Py_ssize_t n = PyTuple_GET_SIZE(value);
    Block *block = PyMem_Malloc(sizeof(Block) + n * sizeof(double));
    if (!block) {
        PyErr_NoMemory();
        return -1;
    }
    block->n = n;
    for (Py_ssize_t i = 0; i < n; i++) {
        Slope slope;
        if (slope_of(PyTuple_GET_ITEM(value, i), &slope)) {
            PyMem_Free(block);
            return -1;
        }
        block->slopes[i] = slope.number;
    }
    edits++;
    if (node->many)
        PyMem_Free(node->dx.block);
    else if (node->dx.bits == PLAIN)
        node->x.object = NULL;
    node->dx.block = block;
    node->many = 1;
    return 0;
}

static int set_x(Node *node, PyObject *value, void *unused)
{
    Slope many = {1.0};
    return set_operand(&node->x, node->many ? &many : &node->dx, value);
}

static int set_y(Node *node, PyObject *value, void *unused) { return set_operand(&node->y, &node->dy, value); }

static int set_dx(Node *node, PyObject *value, void *unused)
{
    Slope new;
    if (value && PyTuple_Check(value))
        return set_slopes(node, value);
    if (slope_of(value, &new))
        return -1;
    if (node->many) {
        PyMem_Free(node->dx.block);
        node->dx.bits = NONE;
        node->many = 0;
    }
    return set_slope(&node->x, &node->dx, new);
}

static int set_dy(Node *node, PyObject *value, void *unused)
{
    Slope new;
    return slope_of(value, &new) ? -1 : set_slope(&node->y, &node->dy, new);
}

/* A node has no __dict__: the name after which it is asked says so. */
static PyObject *get_dict(PyObject *node, void *unused) { return PyObject_GetAttrString(node, "_dict"); }

#define FIELD(name) {"_" #name, (getter)get_##name, (setter)set_##name, NULL, NULL}

static PyGetSetDef fields[] = {
    FIELD(data), FIELD(grad), FIELD(row), FIELD(x), FIELD(y), FIELD(dx), FIELD(dy), FIELD(label),
    {"__dict__", get_dict, NULL, NULL, NULL}, {NULL},
};

static PyType_Slot node_slots[] = {
    {Py_tp_alloc, node_alloc}, {Py_tp_dealloc, node_dealloc}, {Py_tp_getset, fields}, {0, NULL},
};
static PyType_Spec node_spec = {"engine.value.Value", sizeof(Node), 0, Py_TPFLAGS_DEFAULT, node_slots};
