"""Every formula of the chapters written out on torch tensors, under one roof. A name enters by its module's __all__."""
from convbook.torch_nn.activation import *
from convbook.torch_nn.batch_norm import *
from convbook.torch_nn.conv import *
from convbook.torch_nn.conv_transpose import *
from convbook.torch_nn.dropout import *
from convbook.torch_nn.gated import *
from convbook.torch_nn.hinge import *
from convbook.torch_nn.linear import *
from convbook.torch_nn.locally_connected import *
from convbook.torch_nn.loss import *
from convbook.torch_nn.norm import *
from convbook.torch_nn.pool import *
from convbook.torch_nn.response_norm import *
from convbook.torch_nn.softmax import *
