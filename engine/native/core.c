/* The compiled core: Value's nodes, its rows and the chain rule. The rows are poured into rows.h from the tables
 * in engine/value.py and engine/more_rows.py when the package is built; nothing here knows an operation. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#include <stdint.h>
#include <string.h>

#include "arithmetic.h"
#include "node.h"
#include "fields.h"

#define ROWS_FIRST                                   /* how many rows there are, and their names */
#include "rows.h"
#undef ROWS_FIRST

static PyObject *ops[COUNT], *methods[COUNT], *reflected[COUNT];   /* each row, and its Python methods */

#include "making.h"
#include "backward.h"
#include "functions.h"
#include "rows.h"
#include "numbers.h"

static const Method whole[] = {
    {"backward", -1, KIND_WHOLE, 0, backward}, {"zero_grad", -1, KIND_WHOLE, 0, zero_grad}, {NULL},
};

static PyObject *python_init;

/* Value(number) and Value(number, "label"); whatever else comes goes to Python's. */
static int value_init(PyObject *self, PyObject *args, PyObject *keywords)
{
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    Node *node = (Node *)self;
    double data;
    if (is_value(self) && !keywords && (n == 1 || (n == 2 && PyUnicode_CheckExact(PyTuple_GET_ITEM(args, 1)))) &&
        !is_value(PyTuple_GET_ITEM(args, 0)) && number_of(PyTuple_GET_ITEM(args, 0), &data)) {
        PyObject *row = node->row, *label = node->label;
        edits++;
        node->data = data;
        node->grad = 0.0;
        node->row = NULL;
        node->label = n == 2 ? PyTuple_GET_ITEM(args, 1) : PyUnicode_New(0, 0);
        if (n == 2)
            Py_INCREF(node->label);
        drop_operands(node);
        Py_XDECREF(row);
        Py_XDECREF(label);
        return 0;
    }
    PyObject *function = PyMethod_New(python_init, self);
    PyObject *result = function ? PyObject_Call(function, args, keywords) : NULL;
    Py_XDECREF(function);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

/* v.data = n and v.grad = n: the finite float or int that n is; whatever else comes goes to Python's. */
static PyObject *python_data, *python_grad;

static int set_finite(PyObject *node, double *field, PyObject *value, PyObject *python)
{
    double number = HUGE_VAL;
    if (value && PyFloat_Check(value))               /* NumPy's is one too */
        number = PyFloat_AS_DOUBLE(value);
    else if (value && PyLong_CheckExact(value)) {
        number = PyLong_AsDouble(value);
        PyErr_Clear();                               /* too large an int is -1 here, and asked for again there */
        number = number == -1.0 ? HUGE_VAL : number;
    }
    if (!isfinite(number))
        return Py_TYPE(python)->tp_descr_set(python, node, value);
    *field = number;
    return 0;
}

static int set_public_data(Node *node, PyObject *value, void *unused)
{
    return set_finite((PyObject *)node, &node->data, value, python_data);
}

static int set_public_grad(Node *node, PyObject *value, void *unused)
{
    return set_finite((PyObject *)node, &node->grad, value, python_grad);
}

static PyGetSetDef public_data = {"data", (getter)get_data, (setter)set_public_data, NULL, NULL};
static PyGetSetDef public_grad = {"grad", (getter)get_grad, (setter)set_public_grad, NULL, NULL};

static int adopt_property(PyObject *class, PyGetSetDef *property, PyObject **python)
{
    *python = PyDict_GetItemString(((PyTypeObject *)class)->tp_dict, property->name);
    if (!*python || !Py_TYPE(*python)->tp_descr_set) {
        PyErr_Format(PyExc_TypeError, "%R has no property %s", class, property->name);
        return -1;
    }
    Py_INCREF(*python);
    PyObject *doc = PyObject_GetAttrString(*python, "__doc__");      /* kept as long as the class */
    property->doc = doc && PyUnicode_Check(doc) ? PyUnicode_AsUTF8(doc) : NULL;
    PyErr_Clear();
    PyObject *descriptor = PyDescr_NewGetSet((PyTypeObject *)class, property);
    PyObject *name = descriptor ? PyUnicode_InternFromString(property->name) : NULL;
    int failed = !name || PyType_Type.tp_setattro(class, name, descriptor);
    Py_XDECREF(name);
    Py_XDECREF(descriptor);
    return failed ? -1 : 0;
}

static int adopt_method(PyObject *class, const Method *method)
{
    PyObject *python = PyDict_GetItemString(((PyTypeObject *)class)->tp_dict, method->name);     /* not poured for this */
    Py_XINCREF(python);
    PyObject *function = python ? new_function(method, python) : NULL;
    PyObject *name = function ? PyUnicode_InternFromString(method->name) : NULL;
    if (!name || PyType_Type.tp_setattro(class, name, function))
        return -1;
    if (method->row >= 0 && method->reflected)
        reflected[method->row] = python;
    else if (method->row >= 0) {
        methods[method->row] = python;
        ops[method->row] = PyObject_GetAttrString(python, "op");
        if (!ops[method->row] || PyObject_SetAttrString(ops[method->row], "function", function))
            return -1;
    }
    Py_DECREF(function);
    Py_DECREF(name);
    return 0;
}

/* A class of nodes without methods, of the metaclass. It is no Python class, whose nodes the garbage collector would
 * track; and a metaclass with a __new__ of its own can only be set afterwards. */
static PyObject *class_of_nodes(PyObject *module, PyObject *meta)
{
    PyTypeObject *kind = (PyTypeObject *)meta;
    if (value_type || !PyType_Check(meta) || !PyType_IsSubtype(kind, &PyType_Type) ||
        kind->tp_basicsize != PyType_Type.tp_basicsize)
        return PyErr_Format(PyExc_TypeError, "%R is no metaclass for compiled nodes, or came too late", meta);
    PyObject *class = PyType_FromSpec(&node_spec);
    if (class) {
        Py_INCREF(meta);
        Py_SET_TYPE(class, kind);
        ((PyTypeObject *)class)->tp_name = "Value";  /* in errors, as of a Python class; the module was taken from it */
        Py_INCREF(class);
        value_type = (PyTypeObject *)class;
    }
    return class;
}

/* Put the compiled methods in place on the class, beside the Python methods that are there. */
static PyObject *adopt(PyObject *module, PyObject *class)
{
    PyTypeObject *type = (PyTypeObject *)class;
    if (type != value_type || python_init)
        return PyErr_Format(PyExc_TypeError, "%R has no compiled nodes, or came too late", class);
    python_init = PyObject_GetAttrString(class, "__init__");
    if (!python_init)
        return NULL;
    if (adopt_property(class, &public_data, &python_data) || adopt_property(class, &public_grad, &python_grad))
        return NULL;
    for (const Method *method = table; method->name; method++)
        if (adopt_method(class, method))
            return NULL;
    for (const Method *method = whole; method->name; method++)
        if (adopt_method(class, method))
            return NULL;
    for (const Slot *slot = slots; slot->function; slot++)
        *(void **)((char *)type->tp_as_number + slot->offset) = slot->function;
    type->tp_init = value_init;
    PyType_Modified(type);
    Py_RETURN_NONE;
}

static PyObject *vacant(PyObject *module, PyObject *unused) { return PyBool_FromLong(!value_type); }

static PyObject *watch(PyObject *module, PyObject *function)
{
    Py_INCREF(function);
    Py_XSETREF(moved, function);
    Py_RETURN_NONE;
}

static PyMethodDef core_methods[] = {
    {"vacant", vacant, METH_NOARGS, "Whether no class has been given compiled nodes yet."},
    {"class_of_nodes", class_of_nodes, METH_O, "A class of nodes without methods, of the metaclass."},
    {"adopt", adopt, METH_O, "Put the compiled methods in place on the class."},
    {"watch", watch, METH_O, "Have a function told of each leaf with a gradient that a plain number is added to."},
    {"bound", bound_values, METH_O, "A tuple of values, made ready to be read and written."},
    {"read", read_numbers, METH_VARARGS, "Data and grads of values into columns of a matrix."},
    {"write", write_numbers, METH_VARARGS, "Data and grads of values from columns of a matrix."},
    {NULL},
};

static int core_exec(PyObject *module)
{
    if (PyType_Ready(&function_type) || !keep_asked(asked_functions))
        return -1;
    return PyModule_AddStringConstant(module, "TABLE", table_text)
        || PyModule_AddIntConstant(module, "DATA", offsetof(Node, data))         /* for the block interpreter of replays */
        || PyModule_AddIntConstant(module, "GRAD", offsetof(Node, grad)) ? -1 : 0;
}

static PyModuleDef_Slot core_slots[] = {
    {Py_mod_exec, core_exec},
#ifdef Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#ifdef Py_MOD_GIL_USED                               /* nodes are made and freed under the interpreter's lock */
    {Py_mod_gil, Py_MOD_GIL_USED},
#endif
    {0, NULL},
};

static PyModuleDef core_module = {
    PyModuleDef_HEAD_INIT, .m_name = "engine.native.core", .m_doc = "The compiled core.", .m_methods = core_methods,
    .m_slots = core_slots,
};

PyMODINIT_FUNC PyInit_core(void) { return PyModuleDef_Init(&core_module); }
