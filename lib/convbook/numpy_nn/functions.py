"""Every formula of the chapters on NumPy arrays, under one roof. A name enters by its module's __all__."""
from convbook.numpy_nn.activation import *
from convbook.numpy_nn.batch_norm import *
from convbook.numpy_nn.conv import *
from convbook.numpy_nn.conv_transpose import *
from convbook.numpy_nn.dropout import *
from convbook.numpy_nn.gated import *
from convbook.numpy_nn.hinge import *
from convbook.numpy_nn.linear import *
from convbook.numpy_nn.locally_connected import *
from convbook.numpy_nn.loss import *
from convbook.numpy_nn.norm import *
from convbook.numpy_nn.pool import *
from convbook.numpy_nn.response_norm import *
from convbook.numpy_nn.softmax import *
