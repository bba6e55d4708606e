"""What is given to families and put into files of paper: the carer's card, growth charts as PDF."""
